package snapshot_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// monthEnd returns the as_of that lies so many months after 2020-01-31.
func monthEnd(month int) string {
	return time.Date(2020, time.Month(month+2), 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// BenchmarkStamp fills and stamps one more month of 20,000 users beside a history of
// 1 and of 36 months, in turn, and reports how the times compare: a ratio of 1 says
// that the history does not slow the stamp down.
func BenchmarkStamp(b *testing.B) {
	months := []int{1, 36}
	var (
		suites  [2]*suite
		prepare [2]time.Duration
		stamp   [2]time.Duration
	)
	rows := shopRows()
	for i, n := range months {
		suites[i] = newSuite(b)
		for m := range n {
			suites[i].deliver(b, shop("shop"), monthEnd(m), rows).history()
		}
	}
	rows["users"] = `select 'u' || md5(i::text), date '2023-01-01' + i % 300, i % 2 = 0, i / 7.0, i / 3.0, i, null from generate_series(1, 20000) i`
	b.ResetTimer()
	for b.Loop() {
		for i, s := range suites {
			d := s.deliver(b, shop("shop"), monthEnd(months[i]), rows)
			begun := time.Now()
			_, err := d.prepare()
			require.NoError(b, err)
			prepared := time.Now()
			_, err = d.stamp()
			require.NoError(b, err)
			prepare[i] += prepared.Sub(begun)
			stamp[i] += time.Since(prepared)
			s.forgetMonth(b, d)
		}
	}
	b.ReportMetric(float64(prepare[1])/float64(prepare[0]), "prepare-36/1")
	b.ReportMetric(float64(stamp[1])/float64(stamp[0]), "stamp-36/1")
	b.ReportMetric(float64((prepare[1]+stamp[1]).Milliseconds())/float64(b.N), "ms/month")
}

// forgetMonth takes a month out again, so that every turn finds the same history.
func (s *suite) forgetMonth(b *testing.B, d *delivery) {
	b.Helper()
	for _, partition := range s.db.Rows(b, "select partition_name from sf_snapshot.catalog where as_of = $1::date", d.asOf) {
		s.db.Exec(b, "drop table sf_history."+partition)
	}
	s.db.Exec(b, "alter table sf_snapshot.catalog disable trigger immutable")
	s.db.Exec(b, "delete from sf_snapshot.catalog where as_of = $1", d.asOf)
	for _, c := range d.candidates {
		s.db.Exec(b, "drop table "+d.candidate(c.GetTable()).SQL())
	}
}

// thousands are how many users the benchmarks below have: 100 thousand, or as many as
// SF_BENCH_THOUSANDS says.
func thousands(b *testing.B) int {
	b.Helper()
	text := os.Getenv("SF_BENCH_THOUSANDS")
	if text == "" {
		return 100
	}
	n, err := strconv.Atoi(text)
	require.NoError(b, err)
	return n
}

// crowded are the rows of the shop with many users, of whom one in every so many has another
// fee; none has where it is 0.
func crowded(users, every int) map[string]string {
	rows := shopRows()
	fee := "i / 7.0"
	if every > 0 {
		fee = fmt.Sprintf("i / 7.0 + (i %% %d = 0)::integer", every)
	}
	rows["users"] = fmt.Sprintf(`select 'u' || md5(i::text), date '2023-01-01' + i %% 300, i %% 2 = 0, %s, i / 3.0, i, null from generate_series(1, %d) i`, fee, users)
	return rows
}

// timed prepares and stamps a delivery, and says what that took.
func timed(b *testing.B, d *delivery) effort {
	b.Helper()
	return d.suite.effortOf(b, func() { d.history() })
}

// middle is the median of some times, in seconds.
func middle(took []time.Duration) float64 {
	slices.Sort(took)
	return took[len(took)/2].Seconds()
}

// BenchmarkSupersede stamps a month, corrects a twentieth of its rows, and then all of them,
// in turn, and reports how the medians compare with the stamp's, by the clock and by the time
// of the processor.
func BenchmarkSupersede(b *testing.B) {
	s, users := newSuite(b), thousands(b)*1000
	took := map[string][]effort{}
	month := 0
	for b.Loop() {
		asOf := monthEnd(month)
		took["stamp"] = append(took["stamp"], timed(b, s.deliver(b, shop("shop"), asOf, crowded(users, 0))))
		few := s.correct(b, shop("shop"), asOf, crowded(users, 20))
		took["5%"] = append(took["5%"], timed(b, few))
		all := s.correct(b, shop("shop"), asOf, crowded(users, 1))
		took["all"] = append(took["all"], timed(b, all))
		month++
	}
	stamp, stampCPU := medians(took["stamp"])
	b.ReportMetric(stamp, "s/stamp")
	b.ReportMetric(stampCPU, "cpu-s/stamp")
	for _, what := range []string{"5%", "all"} {
		clock, processor := medians(took[what])
		b.ReportMetric(clock/stamp, what+"/stamp")
		b.ReportMetric(processor/stampCPU, "cpu-"+what+"/stamp")
	}
}

// BenchmarkExamine compares two months of which a third of the rows differ, beside one full
// outer join of them, and verifies one, beside one COPY of it, in turn.
func BenchmarkExamine(b *testing.B) {
	s, users := newSuite(b), thousands(b)*1000
	s.deliver(b, shop("shop"), january, crowded(users, 0)).history()
	s.deliver(b, shop("shop"), february, crowded(users, 3)).history()
	s.db.Exec(b, "analyze")
	const month = "(select * from users_snapshots where as_of = '%s')"
	ways := []struct {
		name string
		take func()
	}{
		{"join", func() {
			s.copied(b, fmt.Sprintf("select f, t from "+month+" f full join "+month+" t on f.user_id = t.user_id where row(f.signup, f.active, f.fee, f.score, f.visits, f.note) is distinct from row(t.signup, t.active, t.fee, t.score, t.visits, t.note) order by coalesce(f.user_id, t.user_id)", january, february))
		}},
		{"diff", func() { s.diffed(b, users/3) }},
		{"read", func() { s.copied(b, fmt.Sprintf("select * from users_snapshots where as_of = '%s'", january)) }},
		{"verify", func() { s.verifiedOnce(b) }},
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for _, w := range ways {
			begun := time.Now()
			w.take()
			took[w.name] = append(took[w.name], time.Since(begun))
		}
	}
	b.ReportMetric(middle(took["join"]), "s/join")
	b.ReportMetric(middle(took["diff"])/middle(took["join"]), "diff/join")
	b.ReportMetric(middle(took["read"]), "s/read")
	b.ReportMetric(middle(took["verify"])/middle(took["read"]), "verify/read")
}

// copied has the server write the rows of a query to nowhere.
func (s *suite) copied(b *testing.B, query string) {
	b.Helper()
	conn, err := s.db.Owner.Acquire(context.Background())
	require.NoError(b, err)
	defer conn.Release()
	_, err = conn.Conn().PgConn().CopyTo(context.Background(), io.Discard, "copy ("+query+") to stdout with (format csv)")
	require.NoError(b, err)
}

func (s *suite) diffed(b *testing.B, want int) {
	b.Helper()
	stream, err := s.client.Diff(context.Background(), &snapshotv1.DiffRequest{Dataset: "shop", Snapshot: "users_snapshots", From: january, To: february})
	require.NoError(b, err)
	rows := 0
	require.NoError(b, drain(stream, func(m *snapshotv1.DiffResponse) error {
		rows += len(m.GetRows().GetRows())
		return nil
	}))
	require.Equal(b, want, rows)
}

func (s *suite) verifiedOnce(b *testing.B) {
	b.Helper()
	stream, err := s.client.Verify(context.Background(), &snapshotv1.VerifyRequest{Dataset: "shop", Snapshot: "users_snapshots", AsOf: january})
	require.NoError(b, err)
	var intact int64
	require.NoError(b, drain(stream, func(m *snapshotv1.VerifyResponse) error {
		intact = int64(m.GetResult().GetIntact())
		return nil
	}))
	require.EqualValues(b, 1, intact)
}
