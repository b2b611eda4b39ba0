package gap_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/gap"
)

func day(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	asOf, err := dataset.ParseAsOf(text)
	require.NoError(t, err)
	return asOf
}

// said is a gap in a line.
func said(g gap.Gap) string {
	line := dataset.FormatAsOf(g.AsOf) + " " + strings.Join(g.Lacks, ",")
	if g.All {
		line += " all"
	}
	if g.Last {
		line += " last"
	}
	return line
}

func TestWhatTheCalendarExpectsAndHistoryLacks(t *testing.T) {
	t.Parallel()
	monthEnds := &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}
	both := []string{"users", "labels"}
	for name, c := range map[string]struct {
		calendar        *datasetv1.Calendar
		stamped         map[string][]string
		from, to, after string
		limit           int
		want            []string
	}{
		"nothing is stamped, and nothing is expected": {monthEnds, nil, "", "2024-06-30", "", 9, nil},
		"unless it is asked for":                      {monthEnds, nil, "2024-05-15", "2024-06-30", "", 9, []string{"2024-06-30 users,labels all last", "2024-05-31 users,labels all last"}},
		"all is there":                                {monthEnds, map[string][]string{"2024-01-31": both, "2024-02-29": both}, "", "2024-03-30", "", 9, nil},
		"a month between, and one that is late": {
			monthEnds, map[string][]string{"2024-01-31": both, "2024-03-31": both}, "", "2024-04-30", "", 9,
			[]string{"2024-04-30 users,labels all last", "2024-02-29 users,labels all"},
		},
		"a snapshot that came later": {monthEnds, map[string][]string{"2024-01-31": {"users"}, "2024-02-29": both}, "", "2024-02-29", "", 9, []string{"2024-01-31 labels"}},
		"one that is declared no more is no date of the others": {
			monthEnds, map[string][]string{"2024-01-31": {"old"}, "2024-02-29": both}, "", "2024-02-29", "", 9, []string{"2024-01-31 users,labels"},
		},
		"no more than asked for, the newest": {monthEnds, map[string][]string{"2024-01-31": both}, "", "2024-04-30", "", 2, []string{"2024-04-30 users,labels all last", "2024-03-31 users,labels all last"}},
		"and those before them":              {monthEnds, map[string][]string{"2024-01-31": both}, "", "2024-04-30", "2024-03-31", 2, []string{"2024-02-29 users,labels all last"}},
		"a page behind the last day":         {monthEnds, map[string][]string{"2024-01-31": both}, "", "2024-02-29", "2024-05-31", 2, []string{"2024-02-29 users,labels all last"}},
		"from a day on that is none of the calendar": {
			monthEnds, map[string][]string{"2024-01-31": both, "2024-04-30": both}, "2024-02-10", "2024-04-30", "", 9,
			[]string{"2024-03-31 users,labels all", "2024-02-29 users,labels all"},
		},
		"up to a day before the first":   {monthEnds, map[string][]string{"2024-01-31": both}, "", "2023-12-31", "", 9, nil},
		"before what is stamped":         {monthEnds, map[string][]string{"2024-01-31": both}, "2023-12-01", "2024-01-31", "", 9, []string{"2023-12-31 users,labels all"}},
		"days":                           {&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_DAY}, map[string][]string{"2024-02-28": both, "2024-03-01": both}, "", "2024-03-01", "", 9, []string{"2024-02-29 users,labels all"}},
		"weeks, a date off the calendar": {&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_WEEK}, map[string][]string{"2024-01-07": both, "2024-01-09": both, "2024-01-21": both}, "", "2024-01-21", "", 9, []string{"2024-01-14 users,labels all"}},
		"a calendar that has no period":  {&datasetv1.Calendar{}, map[string][]string{"2024-01-31": both}, "", "2024-03-31", "", 9, nil},
	} {
		stamped := map[time.Time][]string{}
		for asOf, names := range c.stamped {
			stamped[day(t, asOf)] = names
		}

		var got []string
		for _, g := range gap.Find(gap.Order{
			Calendar: c.calendar, Snapshots: both, From: day(t, c.from), To: day(t, c.to), After: day(t, c.after), Limit: c.limit,
		}, stamped) {
			got = append(got, said(g))
		}

		require.Equal(t, c.want, got, name)
	}
}

func TestADatasetWithoutSnapshotsLacksNone(t *testing.T) {
	t.Parallel()
	o := gap.Order{Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_DAY}, From: day(t, "2024-01-01"), To: day(t, "2024-01-31"), Limit: 9}
	require.Empty(t, gap.Find(o, map[time.Time][]string{day(t, "2024-01-01"): {"old"}}))
}

// Of dates before a table is collected none of its snapshots is lacking.
func TestWhatIsCollectedLaterIsNotLackingBefore(t *testing.T) {
	t.Parallel()
	stamped := map[time.Time][]string{day(t, "2024-01-31"): {"users"}}
	o := gap.Order{
		Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}, Snapshots: []string{"users", "labels"},
		Since: map[string]time.Time{"labels": day(t, "2024-03-31")}, To: day(t, "2024-03-31"), Limit: 9,
	}

	var got []string
	for _, g := range gap.Find(o, stamped) {
		got = append(got, said(g))
	}

	require.Equal(t, []string{"2024-03-31 users,labels all last", "2024-02-29 users all last"}, got)
}

// The pages of any size hold the same gaps.
func TestPagesOfGapsAreAllOfThem(t *testing.T) {
	t.Parallel()
	stamped := map[time.Time][]string{day(t, "2024-01-01"): {"users"}, day(t, "2024-01-10"): {"users"}, day(t, "2024-01-20"): {"users"}}
	o := gap.Order{Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_DAY}, Snapshots: []string{"users"}, To: day(t, "2024-01-31"), Limit: 99}
	all := gap.Find(o, stamped)
	require.Len(t, all, 31-3)
	for size := 1; size < len(all)+2; size++ {
		var paged []gap.Gap
		o.Limit, o.After = size, time.Time{}
		for {
			got := gap.Find(o, stamped)
			paged = append(paged, got...)
			if len(got) < size {
				break
			}
			o.After = got[size-1].AsOf
		}
		require.Equal(t, all, paged, fmt.Sprint(size))
	}
}
