package snapshot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// moments is a dataset of moments and codes of a length.
func moments(code string) *datasetv1.Dataset {
	return &datasetv1.Dataset{
		Name: "moments", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{
			Name: "events", Key: []string{"id"},
			Columns: append(columns("id", "integer", "code", code), &datasetv1.Column{Name: "at", Type: "timestamptz", TimeZone: "Europe/Berlin"}),
		}},
		Snapshots: []*datasetv1.Snapshot{{Name: "events_s", From: "events"}},
	}
}

// What differs beside the files is named, with what to do: what an extract was laid over, how
// it was laid, and the version whose types and zones the files are read by.
func TestWhatDiffersBesideTheFilesIsNamed(t *testing.T) {
	t.Parallel()
	events := func(values string) map[string]string { return map[string]string{"events": values} }
	const noon, later = "values (1, 'a', timestamptz '2024-01-01 12:00+00')", "values (1, 'a', timestamptz '2024-01-01 13:00+00')"
	for name, tc := range map[string]struct {
		deliver func(*testing.T, *suite) *delivery
		says    []string
		not     string
	}{
		"a base": {func(t *testing.T, s *suite) *delivery {
			d := club(t)
			s.full(t, d, january, "values (1, 'gold')").history()
			s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')").history()
			corrected := s.full(t, d, january, "values (1, 'silver')")
			corrected.reason = "wrong"
			corrected.history()
			return s.over(t, d, february, "values (1, 'silver'), (2, 'gold')", "values (2, 'gold')")
		}, []string{
			"the stamped rows were laid over members_snapshots as of 2024-01-31 in revision 1, and the delivered ones over members_snapshots as of 2024-01-31 in revision 2, which has another content",
			"`sfctl run start --dataset club --restamp --from 2024-02-29` makes the date again over what stands now",
		}, "version"},
		"whole, and what changed": {func(t *testing.T, s *suite) *delivery {
			d := club(t)
			s.full(t, d, january, "values (1, 'gold')").history()
			s.full(t, d, february, "values (2, 'gold')").history()
			return s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')")
		}, []string{"stamped is a whole extract, and delivered what changed, laid over members_snapshots as of 2024-01-31 in revision 1: whole files are delivered with --full-extract"}, "version"},
		"what changed, and whole": {func(t *testing.T, s *suite) *delivery {
			d := club(t)
			s.full(t, d, january, "values (1, 'gold')").history()
			s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')").history()
			return s.full(t, d, february, "values (2, 'gold')")
		}, []string{"stamped is an extract of what changed, laid over members_snapshots as of 2024-01-31 in revision 1, and delivered a whole one"}, "version"},
		"a time zone": {func(t *testing.T, s *suite) *delivery {
			s.deliver(t, moments("text"), january, events(noon)).history()
			b := s.deliver(t, moments("text"), january, events(later))
			b.version = "v2"
			return b
		}, []string{
			"1 row differs (1 changed), in at (1): \"1\" in at; stamped under version v1 of the dataset, and delivered under v2 (`sfctl dataset diff moments v1 v2`)",
			"the same files give others once a column's time_zone is another",
		}, "migrate"},
		"a version, and other values": {func(t *testing.T, s *suite) *delivery {
			s.deliver(t, moments("text"), january, events(noon)).history()
			b := s.deliver(t, moments("text"), january, events("values (1, 'b', timestamptz '2024-01-01 13:00+00')"))
			b.version = "v2"
			return b
		}, []string{"stamped under version v1 of the dataset, and delivered under v2"}, "time_zone"},
		"a type of other texts": {func(t *testing.T, s *suite) *delivery {
			const day = "values (1, date '2024-01-01', timestamptz '2024-01-01 12:00+00')"
			s.deliver(t, moments("date"), january, events(day)).history()
			s.db.Exec(t, "drop view events_s_revisions; alter table events_s alter code type timestamp") // by hand
			b := s.deliver(t, moments("timestamp"), january, events(day))
			b.version = "v2"
			return b
		}, []string{"and no value differs from the one in the history; stamped under version v1 of the dataset, and delivered under v2", "a column's type that was changed in between gives the same values another hash"}, "time_zone"},
		"a type that kept no blanks": {func(t *testing.T, s *suite) *delivery {
			s.deliver(t, moments("char(2)"), january, events(noon)).history()
			b := s.deliver(t, moments("text"), january, events("values (1, 'a ', timestamptz '2024-01-01 12:00+00')"))
			b.version = "v2"
			_, err := b.expand(true, false)
			require.NoError(t, err)
			return b
		}, []string{"1 row differs (1 changed), in code (1): \"1\" in code; stamped under version v1 of the dataset, and delivered under v2 (`sfctl dataset diff"}, "time_zone"},
		"the files alone": {func(t *testing.T, s *suite) *delivery {
			s.deliver(t, moments("text"), january, events(noon)).history()
			return s.deliver(t, moments("text"), january, events(later))
		}, []string{"1 row differs (1 changed), in at (1): \"1\" in at"}, "version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			b := tc.deliver(t, s)

			_, err := b.prepare()

			p := requireReason(t, err, problem.SnapshotDiffers)
			for _, says := range tc.says {
				require.Contains(t, p.Message, says)
			}
			require.NotContains(t, p.Message, tc.not)
		})
	}
}

// What is another for several snapshots is said once of all of them, and of whose it is where
// it is not that of all.
func TestWhatDiffersBesideTheFilesIsSaidOnce(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := moments("text")
	d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: "codes", From: "events", Columns: []string{"code"}}, &datasetv1.Snapshot{Name: "times", From: "events", Columns: []string{"at"}})
	s.deliver(t, d, january, map[string]string{"events": "values (1, 'a', timestamptz '2024-01-01 12:00+00')"}).history()
	b := s.deliver(t, d, january, map[string]string{"events": "values (1, 'b', timestamptz '2024-01-01 13:00+00')"})
	b.version = "v2"

	_, err := b.prepare()

	p := requireReason(t, err, problem.SnapshotDiffers)
	require.Len(t, p.Violations, 3)
	require.Equal(t, 2, strings.Count(p.Message, "stamped under version v1"), p.Message)
	require.Contains(t, p.Message, "; of events_s, codes: stamped under version v1 of the dataset, and delivered under v2 (`sfctl dataset diff moments v1 v2`)")
	require.Contains(t, p.Message, "; of times: stamped under version v1 of the dataset, and delivered under v2 (`sfctl dataset diff moments v1 v2`): what differs are moments")

	d = moments("text")
	d.Name, d.Snapshots = "alike", append(d.Snapshots, &datasetv1.Snapshot{Name: "codes_2", From: "events", Columns: []string{"code"}})
	d.Snapshots[0].Name = "events_2"
	s.deliver(t, d, january, map[string]string{"events": "values (1, 'a', timestamptz '2024-01-01 12:00+00')"}).history()
	b = s.deliver(t, d, january, map[string]string{"events": "values (2, 'b', timestamptz '2024-01-01 12:00+00')"})
	b.version = "v2"
	_, err = b.prepare()
	message := requireReason(t, err, problem.SnapshotDiffers).Message
	require.Equal(t, 1, strings.Count(message, "stamped under version v1"), message)
	require.NotContains(t, message, "of events_2, codes_2")
}
