package redact

import (
	"slices"
	"strconv"
	"strings"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// HasRow says whether a row's key is one of a table's keys: as it is told, or, where nothing of
// it is shown, as it is sealed.
func (k *Keys) HasRow(table string, key []string, sealed *stepv1.SealedValues) bool {
	if k.Has(table, key) {
		return true
	}
	if len(sealed.GetValues()) == 0 {
		return false
	}
	whole := slices.Clone(key)
	k.opened(sealed, func(v *stepv1.SealedValue, value string) {
		at, ofKey := strings.CutPrefix(v.GetAt(), "key.")
		if i, err := strconv.Atoi(at); ofKey && err == nil && i < len(whole) {
			whole[i] = value
		}
	})
	return k.Has(table, whole)
}

// opened visits the sealed values that can be decrypted.
func (k *Keys) opened(sealed *stepv1.SealedValues, visit func(v *stepv1.SealedValue, value string)) {
	if k.open == nil {
		return
	}
	for _, v := range sealed.GetValues() {
		if value, ok := k.open(v); ok {
			visit(v, value)
		}
	}
}

// dropSealed takes those out that are values of a key, or among values, and says whether there
// was any. One that nobody can decrypt goes where its token is that of a key.
func (k *Keys) dropSealed(sealed *stepv1.SealedValues, values map[string]bool) bool {
	if len(sealed.GetValues()) == 0 {
		return false
	}
	gone := map[*stepv1.SealedValue]bool{}
	for _, v := range sealed.GetValues() {
		gone[v] = k.values[v.GetToken()]
	}
	k.opened(sealed, func(v *stepv1.SealedValue, value string) {
		gone[v] = gone[v] || k.values[cut(value, maxListed)] || values[value]
	})
	before := len(sealed.GetValues())
	sealed.Values = slices.DeleteFunc(sealed.Values, func(v *stepv1.SealedValue) bool { return gone[v] })
	return len(sealed.Values) < before
}
