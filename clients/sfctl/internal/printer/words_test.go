package printer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestBytes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 5 << 20: "5.0 MiB", 3 << 30: "3.0 GiB", 1 << 62: "4.0 EiB",
	} {
		require.Equal(t, want, printer.Bytes(n))
	}
}

func TestTook(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0.00s", 412 * time.Millisecond: "0.41s", 12340 * time.Millisecond: "12.3s",
		125 * time.Second: "2m05s", 3725 * time.Second: "1h02m",
	} {
		require.Equal(t, want, printer.Took(d))
	}
}

func TestBetweenNeedsBothTimes(t *testing.T) {
	t.Parallel()
	from, to := &timestamppb.Timestamp{Seconds: 10}, &timestamppb.Timestamp{Seconds: 12}
	require.Equal(t, "2.00s", printer.Between(from, to))
	require.Empty(t, printer.Between(nil, to))
	require.Empty(t, printer.Between(from, nil))
}

func TestAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 2, 1, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]string{
		-time.Second: "0s", 5 * time.Second: "5s", 90 * time.Second: "1m", 3 * time.Hour: "3h", 47 * time.Hour: "47h", 73 * time.Hour: "3d",
	} {
		require.Equal(t, want, printer.Age(now, timestamppb.New(now.Add(-ago))))
	}
	require.Empty(t, printer.Age(now, nil))
}

func TestMoment(t *testing.T) {
	t.Parallel()
	require.Equal(t, "2024-02-01T00:00:00Z", printer.Moment(&timestamppb.Timestamp{Seconds: 1706745600, Nanos: 5}))
	require.Empty(t, printer.Moment(nil))
}

func TestEnum(t *testing.T) {
	t.Parallel()
	require.Equal(t, "succeeded", printer.Enum(orchestratorv1.RunState_RUN_STATE_SUCCEEDED))
	require.Equal(t, "stage", printer.Enum(orchestratorv1.StepKind_STEP_KIND_STAGE))
	require.Equal(t, "backfilled", printer.Enum(ingestv1.BatchState_BATCH_STATE_BACKFILLED))
	require.Equal(t, "critical", printer.Enum(datasetv1.Severity_SEVERITY_CRITICAL))
	require.Empty(t, printer.Enum(orchestratorv1.RunState_RUN_STATE_UNSPECIFIED))
	require.Empty(t, printer.Enum(orchestratorv1.RunState(99)), "a state that a newer service knows")
}

func TestShort(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0123456789ab", printer.Short("0123456789abcdef"))
	require.Equal(t, "01", printer.Short("01"))
}

func TestOneLineKeepsTheTerminalSafe(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain ü 中":              "plain ü 中",
		"two\nlines":             `two\nlines`,
		"\x1b]0;title\x07":       `\x1b]0;title\a`,
		"it's 'quoted' \r\n":     `it's 'quoted' \r\n`,
		"gpj\u202eexe.\u2066":    `gpj\u202eexe.\u2066`,
		"bad utf-8 \xff\xfe end": `bad utf-8 �� end`,
	} {
		require.Equal(t, want, printer.OneLine(in))
	}
}
