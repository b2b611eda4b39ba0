package ingest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// upgrade makes the database one that was published into before there was a ledger, and
// migrates it.
func (h *house) upgrade() {
	h.t.Helper()
	file, err := os.ReadFile("migrations/00006_departed.sql")
	require.NoError(h.t, err)
	up, _, _ := strings.Cut(string(file), "-- +goose Down")
	h.db.Exec(h.t, "drop table sf_ingest.departed, sf_ingest.published_table")
	h.db.Exec(h.t, up)
}

// The first publish with a ledger does not take those that departed before it for new:
// how many they were is known from the counts of the last publish, not who.
func TestAfterTheUpgradeOldDeparturesAreNotNew(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"last published": false, "the same files again since": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, crowd)
			h.published(january, everyone(upTo(10)...))
			h.published(february, everyone(upTo(10, 1, 2)...))
			if again {
				require.NotEmpty(t, h.published(february, everyone(upTo(10, 1, 2)...)).GetSameAs())
				require.NotEmpty(t, h.published(february, everyone(upTo(10, 1, 2)...)).GetSameAs())
			}
			h.upgrade()
			require.Equal(t, []string{"people|people|2024-02-29|8|2|<null>"}, h.db.Rows(t, "select * from sf_ingest.published_table"))

			cut := h.stage(march, everyone(upTo(8, 1, 2)...))
			f := findingOf(t, cut, problem.DeparturesOverLimit, "people")
			require.Contains(t, f.GetMessage(), "20 % of the 8 rows of 2024-02-29 to be gone, found 2 keys")
			require.Equal(t, []string{"1", "2", "9", "10"}, keysOf(f), "who departed before cannot be told")

			b := h.published(march, everyone(upTo(9, 1, 2)...))
			requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 7, Unchanged: 7, Departed: 1})
			require.Equal(t, []string{"people|1|<null>", "people|10|<null>", "people|2|<null>"}, h.ledger())

			b = h.published("2024-04-30", everyone(upTo(8, 1)...))
			requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 7, Unchanged: 7, Departed: 1, Returned: 1})
			require.Equal(t, []string{"people|1|<null>", "people|10|<null>", "people|9|2024-04-30"}, h.ledger())
		})
	}
}

// Where nobody had departed before the upgrade, whoever does then is known to be new.
func TestAfterTheUpgradeNewDeparturesAreKnown(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"ignore", "delete"} {
		h := open(t, strings.Replace(crowd+unguarded, "key:", "departed_keys: "+policy+"\n    key:", 1))
		h.published(january, everyone(upTo(10)...))
		if policy == "delete" {
			h.published(january, everyone(upTo(11)...))
			h.published(february, everyone(upTo(10)...))
		}
		h.upgrade()

		b := h.published(march, everyone(upTo(9)...))

		requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 9, Unchanged: 9, Departed: 1, Deleted: b.GetCounts()[0].GetDeleted()})
		if policy == "ignore" {
			require.Equal(t, []string{"people|10|2024-03-31"}, h.ledger())
		} else {
			require.Empty(t, h.ledger())
		}
	}
}

// A database into which nothing was published has nothing to take over.
func TestTheUpgradeOfAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	rejected := h.stage(january, goods.without("lines.csv"))
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, rejected.GetState())

	h.upgrade()

	require.Empty(t, h.db.Rows(t, "select * from sf_ingest.published_table"))
	requireCounts(t, h.published(january, goods), "orders", &stepv1.TableCounts{Rows: 3, Inserted: 3})
}
