package dataset_test

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func hashOf(t *testing.T, yaml string) string {
	t.Helper()
	d, mistakes := dataset.Parse("x.yaml", []byte(yaml))
	require.Empty(t, mistakes)
	return dataset.Hash(d)
}

func TestHashIsThatOfTheDocumentedJSON(t *testing.T) {
	t.Parallel()
	const yaml = `
name: shop
description: a < b & "c" – é
calendar: {period: month_end}
tables:
  - name: orders
    departed_limit: 0
    columns: [{name: id, type: bigint, optional: true}]
    key: [id]
    expectations:
      - {type: t, kwargs: {min_value: 0.10, column: id, value_set: [1, "1", true, null]}, severity: info}
`
	const canonical = `{"calendar":{"period":"PERIOD_MONTH_END"},"description":"a < b & \"c\" – é","name":"shop","tables":[` +
		`{"columns":[{"name":"id","optional":true,"type":"bigint"}],"departed_limit":0,"expectations":[` +
		`{"kwargs":{"column":"id","min_value":0.1,"value_set":[1,"1",true,null]},"severity":"SEVERITY_INFO","type":"t"}],"key":["id"],"name":"orders"}]}`
	sum := sha256.Sum256([]byte(canonical))

	require.Equal(t, hex.EncodeToString(sum[:]), hashOf(t, yaml))
}

func TestHashIsOfTheContentAlone(t *testing.T) {
	t.Parallel()
	base := shop(t)
	same := map[string]string{
		"comments":         "# a comment\n" + strings.ReplaceAll(base, "name: shop", "name: shop # the shop"),
		"order of kwargs":  strings.Replace(base, "{column: segment, value_set: [home, office]}", "{value_set: [home, office], column: segment}", 1),
		"order of fields":  strings.Replace(base, "schema: retail\ncalendar:\n  period: month_end\n", "calendar: {period: month_end}\nschema: retail\n", 1),
		"block for flow":   strings.Replace(base, "key: [order_id]", "key:\n      - order_id", 1),
		"quotes":           strings.Replace(base, "name: shop", `"name": 'shop'`, 1),
		"another spelling": strings.Replace(base, "mostly: 0.99", "mostly: 9.9e-1", 1),
		"long enum name":   strings.Replace(base, "month_end", "PERIOD_MONTH_END", 1),
		"default of proto": strings.Replace(base, "type: bigint", "type: bigint\n        optional: false", 1),
	}
	other := map[string]string{
		"description":       strings.Replace(base, "Customers and", "Clients and", 1),
		"order of columns":  strings.Replace(base, "[customer_id, segment, visits]", "[customer_id, visits, segment]", 1),
		"type of a value":   strings.Replace(base, "min_value: 1,", `min_value: "1",`, 1),
		"a limit of 0":      strings.Replace(base, "departed_limit: 0.5", "departed_limit: 0", 1),
		"a declared policy": strings.Replace(base, "key: [order_id]", "key: [order_id]\n    extract: full", 1),
	}
	want := hashOf(t, base)
	require.Len(t, want, 64)
	for name, yaml := range same {
		require.NotEqual(t, base, yaml, name)
		require.Equal(t, want, hashOf(t, yaml), name)
	}
	seen := map[string]string{want: "the base"}
	for name, yaml := range other {
		hash := hashOf(t, yaml)
		require.Empty(t, seen[hash], name)
		seen[hash] = name
	}
}

func TestHashIsStable(t *testing.T) {
	t.Parallel()
	// Registered versions are this hash: a change of the way it is made is a
	// change of every version.
	require.Equal(t, "0b94683a2c9f6a4e6129c368f29a6010304e831071fecc1e4c51a71aad4a7627", hashOf(t, shop(t)))
	first := hashOf(t, shop(t))
	for range 20 {
		again := hashOf(t, shop(t)) // protojson's white space and the order of maps vary
		require.Equal(t, first, again)
	}
}

func TestHashOfWhatJSONCannotHoldIsEmpty(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{Tables: []*datasetv1.Table{{Expectations: []*datasetv1.Expectation{{
		Kwargs: &structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewNumberValue(math.NaN())}},
	}}}}}
	require.Empty(t, dataset.Hash(d))
	require.NotEmpty(t, dataset.Lint(d))
}
