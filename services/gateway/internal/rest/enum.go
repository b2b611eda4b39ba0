package rest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset/nearest"
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

func checkEnum(op *contract.Operation, name, value string) error {
	have, ok := op.Enums[name]
	if !ok || slices.Contains(have, value) {
		return nil
	}
	said := noneOf(have, value)
	return problem.New(problem.InvalidRequest, "%s: %s", name, said).Violate(name, "%s", said)
}

// noneOf says of a value which ones there are, as words and in full, and which was
// probably meant.
func noneOf(have []string, value string) string {
	prefix := ""
	for _, v := range have {
		if before, ok := strings.CutSuffix(v, "UNSPECIFIED"); ok {
			prefix = before
		}
	}
	var words []string
	full := ""
	for _, v := range have {
		if unspecified(v) {
			continue
		}
		words = append(words, strings.ToLower(strings.TrimPrefix(v, prefix)))
		if full == "" {
			full = v
		}
	}
	meant := nearest.Hint(strings.ToLower(strings.TrimPrefix(strings.ToUpper(value), prefix)), words)
	return fmt.Sprintf("%q is not among its values; want %s (or in full, as %s)%s", value, strings.Join(words, ", "), full, meant)
}

// unspecified says whether a value stands for none, as the first of every enum does.
func unspecified(value string) bool { return strings.HasSuffix(value, "_UNSPECIFIED") }
