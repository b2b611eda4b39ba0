package health_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
	"github.com/streamflow/streamflow/services/gateway/internal/health"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

func ask(t *testing.T, h http.HandlerFunc) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return w
}

// sound is that nothing is wrong with any file.
func sound() error { return nil }

func TestFilesThatCannotBeTakenAreSaidAndKeepNobodyAway(t *testing.T) {
	t.Parallel()
	broken := func() error { return errors.New("/etc/streamflow/tls/tls.key: no such file") }
	w := ask(t, health.Ready(backendtest.New(t).Dial(t).Services(), nil, broken))
	require.Equal(t, http.StatusOK, w.Code)
	require.Regexp(t, `^ready\nbut the files of its certificates or secrets have changed`, w.Body.String())
	require.NotContains(t, w.Body.String(), "/etc", "everybody is told")
}

func TestLive(t *testing.T) {
	t.Parallel()
	w := ask(t, health.Live)
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "live\n", w.Body.String())
}

func TestReadyWhileEveryServiceIs(t *testing.T) {
	t.Parallel()
	w := ask(t, health.Ready(backendtest.New(t).Dial(t).Services(), nil, sound))
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "ready\n", w.Body.String())
}

func TestAGatewayThatStopsIsReadyNoMore(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	ready := health.Ready(backendtest.New(t).Dial(t).Services(), stopping, sound)
	require.Equal(t, http.StatusOK, ask(t, ready).Code)

	close(stopping)
	w := ask(t, ready)

	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), "the gateway is stopping")
}

func TestTheServicesThatAreNotReadyAreNamed(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	ready := health.Ready(suite.Dial(t).Services(), nil, sound)
	suite.SetReady("quality", false)
	suite.Stop("orchestrator")

	w := ask(t, ready)

	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	var d problemjson.Document
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &d))
	require.Equal(t, problem.ServiceUnavailable, d.Reason)
	require.Equal(t, "not ready: quality, orchestrator", d.Detail)
	require.Len(t, d.Violations, 2)
	require.Contains(t, d.Violations[0].Description, "NOT_SERVING")
	require.Contains(t, d.Violations[1].Description, "the orchestrator service cannot be reached")

	suite.SetReady("quality", true)
	require.Contains(t, ask(t, ready).Body.String(), "not ready: orchestrator")
}
