package attack

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
)

// pod is the memory that a service has in deploy/k8s.
const pod = 256 << 20

// A dataset of nothing but rules that nobody knows: for each of them, four hundred names
// were compared with it, letter by letter.
func TestADatasetOfMistakesCostsNoMoreThanReadingIt(t *testing.T) {
	s := setup(t, nil)
	var text strings.Builder
	text.WriteString("name: d\ncalendar: {period: month_end}\ntables:\n- name: t\n  file: t.csv\n  key: [a]\n  columns: [{name: a, type: text}]\n  expectations:\n")
	for i := range 3000 {
		fmt.Fprintf(&text, "  - {type: expect_column_values_to_be_in_the_kountry_%04d}\n", i)
	}
	gateway, orchestrator := measure(t, s.PID(cluster.Gateway)), measure(t, s.PID(cluster.Orchestrator))

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.HTTP()+"/v1/datasets", strings.NewReader(text.String()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/yaml")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	said, err := io.ReadAll(resp.Body)
	require.NoError(t, err)

	require.Equal(t, http.StatusBadRequest, resp.StatusCode, "%.300s", said)
	require.Contains(t, string(said), "expect_column_values_to_be_in_the_kountry_2999")
	gateway.atMost(t, 3*time.Second, pod)
	orchestrator.atMost(t, 3*time.Second, pod)
}

// An honest file of the widest table, every name of whose header is another one.
func TestAWrongHeaderOfTheWidestTableCostsNoMoreThanReadingIt(t *testing.T) {
	s := setup(t, nil)
	const columns = 1500
	d := &datasetv1.Dataset{
		Name: "wide", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{Name: "wide", File: "wide.csv", Key: []string{"measure_0000_of_the_week"}}},
	}
	header := make([]string, columns)
	for i := range header {
		d.Tables[0].Columns = append(d.Tables[0].Columns, &datasetv1.Column{Name: fmt.Sprintf("measure_%04d_of_the_week", i), Type: "boolean"})
		header[i] = fmt.Sprintf("measures_%04d_of_the_weeks", i)
	}
	d.Tables[0].Columns[0].Type = "integer"
	_, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: "attack"})
	require.NoError(t, err)
	folder := filepath.Join(ground.Data, "wide")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "wide.csv"), []byte(strings.Join(header, ",")+"\n"), 0o644))
	ingest := measure(t, s.PID(cluster.Ingest))

	run := s.run(t, &orchestratorv1.StartRunRequest{Dataset: "wide", AsOf: "2024-01-31", Source: folder, RequestedBy: "attack"})

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, run.GetState(), "%v", run)
	ingest.atMost(t, 3*time.Second, pod)
}
