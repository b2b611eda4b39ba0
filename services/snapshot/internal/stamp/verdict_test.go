package stamp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	o := Order{Batch: "bat_2", DatasetVersion: "v1", AsOf: january}
	filled := store.Prepared{
		Snapshot: "users", AsOf: january, DatasetVersion: "v1", ContentHash: "h1:1:1", Rows: 1,
		Partition: &relation.Relation{Schema: "sf_history", Name: "p"}, Present: true,
	}
	with := func(change func(*store.Prepared)) store.Prepared {
		p := filled
		change(&p)
		return p
	}
	unchanged := with(func(p *store.Prepared) { p.Partition, p.Present = nil, false })
	cases := []struct {
		name     string
		stamped  *store.Entry
		prepared store.Prepared
		unready  string
		differs  bool
	}{
		{"prepared", nil, filled, "", false},
		{"not prepared", nil, store.Prepared{}, "nothing is prepared for it", false},
		{"stamped by this batch", &store.Entry{Batch: "bat_2", ContentHash: "h1:1:1"}, store.Prepared{}, "", false},
		{"stamped by another, not compared", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:1"}, store.Prepared{}, "nothing is prepared for it", false},
		{"stamped by another, the same", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:1"}, unchanged, "", false},
		{"stamped by another, other content", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:2"}, unchanged, "", true},
		{"found stamped, and gone from the catalog", nil, unchanged, "it was found to be stamped, and is not", false},
		{"of another as_of", nil, with(func(p *store.Prepared) { p.AsOf = january.AddDate(0, 0, 29) }), "it is prepared for another as_of, 2024-02-29", false},
		{"of another version", nil, with(func(p *store.Prepared) { p.DatasetVersion = "v0" }), "it is prepared under another version of the dataset, v0", false},
		{"table gone", nil, with(func(p *store.Prepared) { p.Present = false }), "the table that was prepared for it, sf_history.p, is gone", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := verdict{layout: odd(), stamped: c.stamped, prepared: c.prepared}

			require.Equal(t, c.unready, v.unready(o))
			if c.unready == "" {
				require.Equal(t, c.differs, v.differs(o))
			}
		})
	}
}
