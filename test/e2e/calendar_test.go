package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Each calendar goes the whole way: dates on it are run, published and stamped, the one
// between that is missing is a gap on the board, and a date off it is told the rule.
func TestEveryCalendarGoesTheWholeWay(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, tc := range []struct {
		name, calendar, first, gap, last, off, rule, closest string
	}{
		{"days", "{period: day}", "2024-02-28", "2024-02-29", "2024-03-01", "", "", ""},
		{"weeks", "{period: week}", "2024-01-07", "2024-01-14", "2024-01-21", "2024-01-15", "a Sunday", "2024-01-14"},
		{"fridays", "{period: week, ends_on: friday}", "2024-02-23", "2024-03-01", "2024-03-08", "2024-03-03", "a Friday", "2024-03-01"},
		{"starts", "{period: month_start}", "2024-01-01", "2024-02-01", "2024-03-01", "2024-01-31", "the first day of a month", "2024-02-01"},
		{"ends", "{period: month_end}", "2024-01-31", "2024-02-29", "2024-03-31", "2024-02-28", "the last day of a month", "2024-02-29"},
		{"quarters", "{period: quarter_end}", "2023-12-31", "2024-03-31", "2024-06-30", "2024-04-30", "the last day of a quarter", "2024-03-31"},
		{"years", "{period: year_end}", "2021-12-31", "2022-12-31", "2023-12-31", "2022-06-30", "the last day of a year", "2021-12-31"},
	} {
		d, mistakes := dataset.Read(tc.name+".yaml", []byte("name: "+tc.name+"\ncalendar: "+tc.calendar+
			"\ntables: [{name: "+tc.name+"_rows, file: rows.csv, key: [id], columns: [{name: id, type: integer}, {name: at, type: date}]}]\n"+
			"snapshots: [{name: "+tc.name+"_snapshots, from: "+tc.name+"_rows}]\n"))
		require.NoError(t, mistakes.Err())
		s.apply(t, d)
		for _, asOf := range []string{tc.first, tc.last} {
			r := s.takes(t, tc.name, asOf, full, map[string]string{"rows.csv": "id,at\n1," + asOf + "\n"})
			require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s %s: %s %s", tc.name, asOf, r.GetReason(), r.GetMessage())
		}
		require.Equal(t, []string{tc.first, tc.last}, s.rows(t, "select as_of from "+tc.name+"_snapshots order by as_of"))

		board := s.board(t, tc.name)
		for _, asOf := range []string{tc.first, tc.gap, tc.last} {
			require.Contains(t, board, asOf, tc.name)
		}
		require.Equal(t, 1, strings.Count(board, "nothing received"), tc.name)
		if tc.off != "" {
			s.offCalendar(t, tc.name, tc.off, tc.rule, tc.closest)
		}
	}
}

func (s *suite) offCalendar(t *testing.T, of, asOf, rule, closest string) {
	t.Helper()
	_, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: of, AsOf: asOf, Source: t.TempDir(), RequestId: ident.New(ident.Request), RequestedBy: "e2e",
	})
	p := problem.FromError(err)
	require.Equal(t, problem.AsOfOffCalendar, p.Reason, "%v", status.Convert(err))
	require.Contains(t, p.Message, "expected "+rule+", as the calendar of dataset "+of+" has it, found "+asOf)
	require.Contains(t, p.Message, "the closest is "+closest)
}

// board returns the page with the board of a dataset, as it stands now: the page is made
// anew once it is a second old.
func (s *suite) board(t *testing.T, of string) string {
	t.Helper()
	time.Sleep(1100 * time.Millisecond)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.HTTPAddr()+"/", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	_, from, found := strings.Cut(string(page), `id="dataset-`+of+`"`)
	require.True(t, found, "the board of %s is on the page", of)
	until, _, _ := strings.Cut(from, "</section>")
	return until
}
