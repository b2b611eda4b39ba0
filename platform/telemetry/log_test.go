package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/telemetry"
)

func TestRecordsCarryTheAttributesOfTheirContext(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, telemetry.FormatJSON, "info", "ingest")
	require.NoError(t, err)
	ctx := telemetry.With(context.Background(), slog.String("request", "req_1"))
	inner := telemetry.With(ctx, slog.String("run", "run_1"))

	log.With("x", 1).InfoContext(inner, "hello")
	log.InfoContext(ctx, "outer")
	log.DebugContext(ctx, "not written at info")

	dec := json.NewDecoder(&out)
	var first, second map[string]any
	require.NoError(t, dec.Decode(&first))
	require.NoError(t, dec.Decode(&second))
	require.False(t, dec.More())
	require.Equal(t, "ingest", first["service"])
	require.Equal(t, "req_1", first["request"])
	require.Equal(t, "run_1", first["run"])
	require.InDelta(t, 1, first["x"], 0)
	require.NotContains(t, second, "run", "an inner context does not leak into the outer one")
}

func TestNewLoggerRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	_, err := telemetry.NewLogger(&bytes.Buffer{}, "xml", "info", "x")
	require.ErrorContains(t, err, `"xml"`)
	_, err = telemetry.NewLogger(&bytes.Buffer{}, telemetry.FormatText, "loud", "x")
	require.ErrorContains(t, err, `"loud"`)
}
