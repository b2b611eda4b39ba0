package bringing_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/bringing"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

func TestWhatIsKnownOfAnAsOf(t *testing.T) {
	t.Parallel()
	const january, february = "2024-01-31", "2024-02-29"
	key := []string{"id"}
	recorded := func(asOf string, e store.Extent) *store.Brought {
		return &store.Brought{AsOf: asOf, Extent: e, KeyColumns: key}
	}
	for name, tc := range map[string]struct {
		last            *store.Brought
		asOf, watermark string
		want            store.Extent
		fresh           bool
	}{
		"a table of the users' own":        {nil, january, "", store.Listed, true},
		"the next as_of":                   {recorded(january, store.Whole), february, january, store.Listed, true},
		"the same as_of":                   {recorded(january, store.Listed), january, january, store.Listed, false},
		"the same, which made the table":   {recorded(january, store.Whole), january, january, store.Whole, false},
		"published before it was recorded": {nil, january, january, store.Unknown, true},
		"and the next as_of":               {nil, february, january, store.Listed, true},
		"recorded of a passed as_of alone": {recorded(january, store.Listed), february, february, store.Unknown, true},
		"once unknown, unknown":            {recorded(january, store.Unknown), january, january, store.Unknown, false},
	} {
		now, fresh := bringing.Now(tc.last, tc.asOf, tc.watermark, key)
		require.Equal(t, store.Brought{AsOf: tc.asOf, Extent: tc.want, KeyColumns: key}, now, name)
		require.Equal(t, tc.fresh, fresh, name)
	}
	now, fresh := bringing.Now(recorded(january, store.Listed), january, january, []string{"id", "part"})
	require.Equal(t, store.Unknown, now.Extent, "another key")
	require.True(t, fresh)
}
