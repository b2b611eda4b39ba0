package rest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// checkQueryEnums refuses a value that an enum does not have. The decoder would, too,
// but without a word of those it has. Numbers are left to the decoder.
func checkQueryEnums(op *contract.Operation, values url.Values) error {
	for _, name := range op.Query {
		for _, v := range values[name] {
			if _, err := strconv.Atoi(v); err == nil {
				continue
			}
			if err := checkEnum(op, name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkBodyEnums does the same for the fields of a body.
func checkBodyEnums(op *contract.Operation, fields map[string]json.RawMessage) error {
	for name := range op.Enums {
		var v string
		if json.Unmarshal(fields[name], &v) != nil {
			continue // not given, or not as a name: the decoder knows
		}
		if err := checkEnum(op, name, v); err != nil {
			return err
		}
	}
	return nil
}

func checkEnum(op *contract.Operation, name, value string) error {
	have, ok := op.Enums[name]
	if !ok || slices.Contains(have, value) {
		return nil
	}
	want := strings.Join(slices.DeleteFunc(slices.Clone(have), unspecified), ", ")
	return problem.New(problem.InvalidRequest, "%s: %q is not among its values; want %s", name, value, want).
		Violate(name, "%q is none of %s", value, want)
}

// unspecified says whether a value stands for none, as the first of every enum does.
func unspecified(value string) bool { return strings.HasSuffix(value, "_UNSPECIFIED") }
