package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// alteredOf are the messages of what others did to live, by table.
func alteredOf(b *ingestv1.Batch) map[string]string {
	out := map[string]string{}
	for _, f := range b.GetFindings() {
		if f.GetReason() == string(problem.LiveAltered) {
			out[f.GetTable()] = f.GetSeverity().String() + " " + f.GetMessage()
		}
	}
	return out
}

// What other hands did to live is brought back by the same files, and told: by whatever a table
// declares of keys that depart, and once.
func TestWhyTheSameFilesAreStagedAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		yaml, sql string
		want      map[string]string // by table, without the batch
	}{
		"truncated":             {shop, "truncate lines", map[string]string{"lines": "WARNING public.lines lost 3 of 3 rows"}},
		"a row deleted":         {shop, "delete from lines where place = 2", map[string]string{"lines": "WARNING public.lines lost 1 of 3 rows"}},
		"several tables":        {shop, "truncate orders, lines", map[string]string{"orders": "WARNING public.orders lost 3 of 3 rows", "lines": "WARNING public.lines lost 3 of 3 rows"}},
		"of a table of periods": {ofPeriods, "truncate lines", map[string]string{"lines": "WARNING public.lines lost 3 of 3 rows"}},
		"dropped":               {shop, "drop table lines", map[string]string{"lines": "WARNING public.lines is gone, which was left with 3 rows"}},
		"edited":                {shop, "update customers set note = 'x' where id = 'c1'", map[string]string{"customers": "INFO rows of public.customers were written since it was published"}},
		"added":                 {shop, "insert into customers values ('c9')", map[string]string{"customers": "INFO public.customers has 1 row more than the 3 that it was left with"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, tc.yaml)
			first := h.published(january, goods)
			before := h.live()
			h.db.Exec(t, tc.sql)

			b := h.published(january, goods)

			want := map[string]string{}
			for table, text := range tc.want {
				severity, why, _ := strings.Cut(text, " ")
				want[table] = "SEVERITY_" + severity + " " + table + ".csv is staged again, although it is the file of batch " + first.GetId() + ": " + why
			}
			require.Equal(t, want, alteredOf(b))
			require.NotContains(t, b.String(), "new keys of", "what was lost is said once")
			if name != "added" { // what no file holds stays: its keys departed
				require.Equal(t, before, h.live())
			}
			require.Empty(t, alteredOf(h.stage(january, goods)), "it is as it was left")
		})
	}
}

var ofPeriods = strings.ReplaceAll(shop, "departed_limit: 0.5", "departed_limit: 1")

// Where other files come, or other things than hands changed live, nothing of it is said.
func TestWhatIsNotAlteredByOthers(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(h *house) *ingestv1.Batch{
		"staged though unchanged": func(h *house) *ingestv1.Batch {
			req := h.request(january, h.deliver("again", goods))
			req.Force = true
			b, err := h.stageRequest(req)
			require.NoError(h.t, err)
			return b
		},
		"another file": func(h *house) *ingestv1.Batch {
			h.db.Exec(h.t, "truncate lines")
			return h.stage(january, goods.with("lines.csv", "order_id,place,price\n1,1,1.10\n1,2,2\n2,1,7\n"))
		},
		"a later month": func(h *house) *ingestv1.Batch {
			h.db.Exec(h.t, "truncate lines")
			return h.stage(february, goods)
		},
		"live holds a later month": func(h *house) *ingestv1.Batch {
			h.published(february, second)
			h.db.Exec(h.t, "truncate lines")
			return h.stage(january, goods)
		},
		"erased": func(h *house) *ingestv1.Batch {
			h.erased("customers", "c3")
			return h.stage(january, goods)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)
			h.published(january, goods)

			b := then(h)

			require.Empty(t, alteredOf(b))
		})
	}
}
