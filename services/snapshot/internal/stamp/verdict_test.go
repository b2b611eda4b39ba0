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
		sight    sight
		unready  string
		differs  bool
	}{
		{"prepared", nil, filled, sight{}, "", false},
		{"not prepared", nil, store.Prepared{}, sight{}, "nothing is prepared for it", false},
		{"stamped by this batch", &store.Entry{Batch: "bat_2", ContentHash: "h1:1:1"}, store.Prepared{}, sight{presence: there}, "", false},
		{"stamped by another, not compared", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:1"}, store.Prepared{}, sight{presence: there}, "nothing is prepared for it", false},
		{"stamped by another, the same", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:1"}, unchanged, sight{presence: there}, "", false},
		{"stamped by another, other content", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:2"}, unchanged, sight{presence: there}, "", true},
		{"found stamped, and gone from the catalog", nil, unchanged, sight{}, "it was found to be stamped, and is not", false},
		{"of another as_of", nil, with(func(p *store.Prepared) { p.AsOf = january.AddDate(0, 0, 29) }), sight{}, "it is prepared for another as_of, 2024-02-29", false},
		{"of another version", nil, with(func(p *store.Prepared) { p.DatasetVersion = "v0" }), sight{}, "it is prepared under another version of the dataset, v0", false},
		{"stamped by another, and detached since", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:1"}, unchanged, sight{presence: detached}, "", false},
		{"stamped by another, and gone since", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:1"}, unchanged, sight{presence: gone, found: "it is gone"}, "its rows were there when it was prepared, and now it is gone", false},
		{"stamped by another, gone, and filled again", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:1"}, filled, sight{presence: gone}, "", false},
		{"stamped by another, and filled with other content", &store.Entry{Batch: "bat_1", ContentHash: "h1:1:2"}, filled, sight{presence: gone}, "", true},
		{"table gone", nil, with(func(p *store.Prepared) { p.Present = false }), sight{}, "the table that was prepared for it, sf_history.p, is gone", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := verdict{layout: odd(), stamped: c.stamped, prepared: c.prepared, sight: c.sight}

			require.Equal(t, c.unready, v.unready(o))
			if c.unready == "" {
				require.Equal(t, c.differs, v.differs(o))
			}
		})
	}
}
