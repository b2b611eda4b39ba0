package rest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/enumjson"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// spellQueryEnums writes the enums of a query in full where they are given as words, and
// refuses a value that an enum does not have. The decoder would, too, but without a word
// of those it has. Numbers are left to the decoder.
func spellQueryEnums(op *contract.Operation, values url.Values) error {
	for name, have := range op.Enums {
		for i, v := range values[name] {
			if _, err := strconv.Atoi(v); err == nil {
				continue
			}
			values[name][i] = inFull(have, v)
			if err := checkEnum(op, name, values[name][i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// inFull is the value among those of an enum that a word stands for: RUN_STATE_FAILED
// for failed. What stands for none stays.
func inFull(have []string, word string) string {
	for _, value := range have {
		if prefix, ok := strings.CutSuffix(value, "UNSPECIFIED"); ok && slices.Contains(have, prefix+strings.ToUpper(word)) {
			return prefix + strings.ToUpper(word)
		}
	}
	return word
}

// spellBodyEnums writes the enums of a body in full where they are given as words. fields
// are those of the body, before and after.
func spellBodyEnums(op *contract.Operation, body []byte, fields *map[string]json.RawMessage) ([]byte, error) {
	m := bodyMessage(op)
	if m == nil {
		return body, nil
	}
	full, err := enumjson.Names(body, m)
	if err != nil {
		return nil, malformed(body, err)
	}
	*fields = nil
	return full, json.Unmarshal(full, fields)
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
