package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/telemetry"
)

func TestTheLevelsDecideWhatIsWritten(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"debug": 4, "info": 3, "warn": 2, "error": 1, "WARN": 2} {
		var out bytes.Buffer
		log, err := telemetry.NewLogger(&out, telemetry.FormatText, level, "ingest")
		require.NoError(t, err)

		log.Debug("d")
		log.Info("i")
		log.Warn("w")
		log.Error("e")

		require.Equal(t, want, strings.Count(out.String(), "\n"), level)
	}
}

func TestTextIsOneLineWhateverIsInIt(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, telemetry.FormatText, "info", "ingest")
	require.NoError(t, err)

	log.InfoContext(telemetry.With(t.Context(), slog.String("request", "a\nforged=line")), "said\nmore")

	require.Equal(t, 1, strings.Count(out.String(), "\n"), out.String())
	require.Contains(t, out.String(), `service=ingest`)
	require.Contains(t, out.String(), `request="a\nforged=line"`)
}

func TestAProgramOfSeveralServicesNamesNone(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, telemetry.FormatJSON, "info", "")
	require.NoError(t, err)
	log.Info("x")
	require.NotContains(t, out.String(), "service")
}

func TestGroupsHoldTheContextsAttributesToo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, telemetry.FormatJSON, "info", "x")
	require.NoError(t, err)
	ctx := telemetry.With(t.Context(), slog.String("run", "run_1"))

	log.WithGroup("step").With("n", 1).InfoContext(ctx, "hello")

	var record struct {
		Step map[string]any `json:"step"`
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &record))
	require.Equal(t, "run_1", record.Step["run"])
	require.InDelta(t, 1, record.Step["n"], 0)
}

// TestContextsThatShareAParentDoNotMix derives many contexts of one, at once: an append
// in place would let one write over another's attributes.
func TestContextsThatShareAParentDoNotMix(t *testing.T) {
	t.Parallel()
	parent := telemetry.With(telemetry.With(context.Background(), slog.Int("a", 0)), slog.Int("b", 0), slog.Int("c", 0))
	var wait sync.WaitGroup
	for i := range 64 {
		wait.Go(func() {
			var out bytes.Buffer
			log, err := telemetry.NewLogger(&out, telemetry.FormatText, "info", "")
			if err != nil {
				t.Error(err)
				return
			}
			ctx := telemetry.With(parent, slog.Int("mine", i))
			for range 50 {
				log.InfoContext(ctx, "x")
			}
			if n := strings.Count(out.String(), "mine="+strconv.Itoa(i)+"\n"); n != 50 {
				t.Errorf("%d of 50 records are those of %d", n, i)
			}
		})
	}
	wait.Wait()
}

func TestNothingIsWrittenByDiscard(t *testing.T) {
	t.Parallel()
	require.False(t, telemetry.Discard().Enabled(t.Context(), slog.LevelError))
}
