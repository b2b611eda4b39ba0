package page_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/page"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func TestAPageFitsIntoAMessage(t *testing.T) {
	t.Parallel()
	batch := func(id string, mib int) *ingestv1.Batch {
		return &ingestv1.Batch{Id: id, Source: strings.Repeat("x", mib<<20)}
	}
	for name, c := range map[string]struct {
		entries []*ingestv1.Batch
		want    int
		next    string
	}{
		"nothing":              {nil, 0, "after"},
		"all of it":            {[]*ingestv1.Batch{batch("a", 2), batch("b", 2)}, 2, "after"},
		"a part":               {[]*ingestv1.Batch{batch("a", 3), batch("b", 2), batch("c", 2)}, 2, page.Token("b")},
		"one, however large":   {[]*ingestv1.Batch{batch("a", 7), batch("b", 0)}, 1, page.Token("a")},
		"the last is the most": {[]*ingestv1.Batch{batch("a", 0), batch("b", 7)}, 1, page.Token("a")},
	} {
		got, next := page.Fit(c.entries, c.entries, "after", (*ingestv1.Batch).GetId)

		require.Len(t, got, c.want, name)
		require.Equal(t, c.next, next, name)
	}
}
