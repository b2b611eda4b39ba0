package ingest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

const usage = `
name: usage
calendar: {period: month_end}
tables:
  - name: usage
    key: [user_id]
    columns:
      - {name: user_id, type: text}
      - {name: watch_hours_30d, type: numeric}
      - {name: avg_session_mins_7d, type: numeric}
      - {name: unique_devices_30d, type: integer}
      - {name: skips_7d, type: integer}
      - {name: active, type: boolean}
`

const benchRows = 200_000

// usageFile has a row for each of so many users; skips tells months apart.
func usageFile(skips int) files {
	var b strings.Builder
	b.WriteString("user_id,watch_hours_30d,avg_session_mins_7d,unique_devices_30d,skips_7d,active\n")
	for i := range benchRows {
		fmt.Fprintf(&b, "%04d-U%05d,%d.48365076678741,29.14104464084511,3,%d,True\n", (i*7919)%10_000, i, i%50, skips)
	}
	return files{"usage.csv": b.String()}
}

// BenchmarkStage stages a file, and copies the same bytes into a bare unlogged table
// beside it: over_copy is the ratio.
func BenchmarkStage(b *testing.B) {
	h := open(b, usage)
	f := usageFile(4)
	dir := h.deliver("month", f)
	h.db.Exec(b, "create unlogged table bare (user_id text, a numeric, b numeric, c integer, d integer, e boolean)")
	bare := func() time.Duration {
		conn, err := h.db.Owner.Acquire(context.Background())
		require.NoError(b, err)
		defer conn.Release()
		begun := time.Now()
		_, err = conn.Conn().PgConn().CopyFrom(context.Background(), strings.NewReader(f["usage.csv"]), "copy bare from stdin with (format csv, header)")
		require.NoError(b, err)
		took := time.Since(begun)
		h.db.Exec(b, "truncate bare")
		return took
	}
	b.SetBytes(int64(len(f["usage.csv"])))
	var stage, peer time.Duration
	for b.Loop() {
		peer += bare()
		begun := time.Now()
		batch, err := h.stageRequest(h.request(january, dir))
		require.NoError(b, err)
		require.Equal(b, ingestv1.BatchState_BATCH_STATE_STAGED, batch.GetState())
		stage += time.Since(begun)
	}
	b.ReportMetric(stage.Seconds()/peer.Seconds(), "over_copy")
}

// BenchmarkPublish publishes a month of which no row, or every row, differs, and does
// the same with an upsert of the same candidate into a table of the same rows beside
// it: over_upsert is the ratio.
func BenchmarkPublish(b *testing.B) {
	for name, step := range map[string]int{"unchanged": 0, "all_changed": 1} {
		b.Run(name, func(b *testing.B) {
			h := open(b, usage)
			h.published(january, usageFile(0))
			h.db.Exec(b, "create table peer (like usage including all); insert into peer select * from usage")
			month := 0
			var ours, peer time.Duration
			for b.Loop() {
				month += step
				req := h.request(january, h.deliver("month", usageFile(month)))
				req.Force = true
				batch, err := h.stageRequest(req)
				require.NoError(b, err)
				from := batch.GetTables()[0].GetCandidate().GetRelation().GetName()
				begun := time.Now()
				h.db.Exec(b, "insert into peer select user_id, watch_hours_30d, avg_session_mins_7d, unique_devices_30d, skips_7d, active from sf_staging."+from+
					` on conflict (user_id) do update set watch_hours_30d = excluded.watch_hours_30d, avg_session_mins_7d = excluded.avg_session_mins_7d,
					unique_devices_30d = excluded.unique_devices_30d, skips_7d = excluded.skips_7d, active = excluded.active`)
				peer += time.Since(begun)
				begun = time.Now()
				_, err = h.publish(batch.GetId())
				require.NoError(b, err)
				ours += time.Since(begun)
			}
			b.ReportMetric(ours.Seconds()/peer.Seconds(), "over_upsert")
		})
	}
}
