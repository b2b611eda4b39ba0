package snapshot_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
