package console

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAdviceOnAPageLeadsToPages(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, dataset string
		want          []entry
	}{
		{"Give more of it.", "", []entry{words("Give more of it.")}},
		{"List the runs with `sfctl run list`.", "", []entry{words("List the runs with "), {Text: "runs", Link: "/runs"}, words(".")}},
		{"`sfctl batch list`", "a b", []entry{{Text: "datasets/a%20b/batches", Link: "/datasets/a%20b/batches"}}},
		{"`sfctl snapshot list --dataset d`", "d", []entry{{Text: "datasets/d/snapshots", Link: "/datasets/d/snapshots"}}},
		{"`sfctl batch list`", "", []entry{{Text: "datasets", Link: "/datasets"}}},
		{"`sfctl dataset versions shop`", "shop", []entry{{Text: "datasets/shop", Link: "/datasets/shop"}}},
		{"`sfctl dataset apply FILE`", "", []entry{code("sfctl dataset apply FILE")}},
		{"`GET /openapi.json`", "", []entry{code("GET /openapi.json")}},
	} {
		require.Equal(t, tc.want, advice(tc.text, tc.dataset), tc.text)
	}
}
