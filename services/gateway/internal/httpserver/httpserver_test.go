package httpserver_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/buildinfo"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/services/gateway/internal/httpserver"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// through serves one request and returns the answer and the log.
func through(t *testing.T, h http.HandlerFunc, r *http.Request) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var logged bytes.Buffer
	log, err := telemetry.NewLogger(&logged, telemetry.FormatJSON, "debug", "gateway")
	require.NoError(t, err)
	w := httptest.NewRecorder()
	httpserver.Chain(h, log, httpserver.BodyTimeout, nil).ServeHTTP(w, r)
	return w, logged.String()
}

func fine(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") }

func TestEveryAnswerHasItsSecurityHeadersIDAndVersion(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	r.Header.Set("X-Request-Id", "req_mine")

	w, logged := through(t, fine, r)

	require.Equal(t, "req_mine", w.Header().Get("X-Request-Id"))
	require.Equal(t, []string{buildinfo.Read().String()}, w.Header().Values("X-Streamflow-Version"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	policy := w.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	require.NotContains(t, policy, "script-src")
	require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
	for _, want := range []string{`"msg":"request"`, `"status":200`, `"path":"/x"`, `"request":"req_mine"`, `"level":"INFO"`} {
		require.Contains(t, logged, want)
	}
}

func TestAPanicIsAProblemAndItsStackIsLogged(t *testing.T) {
	t.Parallel()
	w, logged := through(t, func(http.ResponseWriter, *http.Request) { panic("boom") }, httptest.NewRequest(http.MethodGet, "/x", nil))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Equal(t, problemjson.MediaType, w.Header().Get("Content-Type"))
	require.Contains(t, w.Body.String(), "INTERNAL")
	require.NotContains(t, w.Body.String(), "goroutine")
	require.Contains(t, logged, "goroutine")
	require.Contains(t, logged, `"status":500`)
}

// Half an answer must not look like a whole one: the connection ends with it.
func TestAPanicAfterTheAnswerHadBegunIsLoggedAndBreaksItOff(t *testing.T) {
	t.Parallel()
	for panicked, says := range map[any]string{"boom": "panic after the answer had begun", http.ErrAbortHandler: "the answer broke off"} {
		var logged bytes.Buffer
		log, err := telemetry.NewLogger(&logged, telemetry.FormatJSON, "debug", "gateway")
		require.NoError(t, err)
		h := httpserver.Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fine(w, r); panic(panicked) }), log, httpserver.BodyTimeout, nil)
		require.PanicsWithValue(t, http.ErrAbortHandler, func() {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/x", nil))
		})
		require.Contains(t, logged.String(), says)
		require.Equal(t, panicked == "boom", strings.Contains(logged.String(), "goroutine"), "a defect has a stack, and what breaks off none")
	}
}

func TestProbesAreLoggedQuietlyAndFailuresLoudly(t *testing.T) {
	t.Parallel()
	_, logged := through(t, fine, httptest.NewRequest(http.MethodGet, "/livez", nil))
	require.Contains(t, logged, `"level":"DEBUG"`)

	broken := func(w http.ResponseWriter, r *http.Request) { problemjson.HTTP(502, "bad", "").Write(w, r) }
	_, logged = through(t, broken, httptest.NewRequest(http.MethodGet, "/x", nil))
	require.Contains(t, logged, `"level":"WARN"`)
	require.Contains(t, logged, `"error":"INTERNAL: bad"`)
}

func TestAPageOfAnotherOriginCannotChangeAnything(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method string
		header []string
		status int
	}{
		"another site":             {"POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"an old browser elsewhere": {"POST", []string{"Origin", "https://evil.example"}, 403},
		"the same site":            {"POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		"a program":                {"POST", nil, 200},
		"a read":                   {"GET", []string{"Sec-Fetch-Site", "cross-site"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tc.method, "/v1/datasets", nil)
			for i := 0; i+1 < len(tc.header); i += 2 {
				r.Header.Set(tc.header[i], tc.header[i+1])
			}
			w, _ := through(t, fine, r)
			require.Equal(t, tc.status, w.Code)
		})
	}
}

func TestServeLetsARequestFinishAndTellsStreamsToStop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	entered, stopping := make(chan struct{}), make(chan struct{})
	addr := make(chan net.Addr, 1)
	done := make(chan error, 1)
	go func() {
		done <- httpserver.Serve(ctx, httpserver.Config{
			Listen: "127.0.0.1:0", Listening: func(a net.Addr) { addr <- a }, Log: slog.New(slog.DiscardHandler),
			Stopping: func() { close(stopping) },
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(entered)
				<-stopping // as a stream does
				fine(w, r)
			}),
		})
	}()
	answered := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + (<-addr).String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer func() { _ = resp.Body.Close() }()
		b, _ := io.ReadAll(resp.Body)
		answered <- string(b)
	}()

	<-entered
	cancel()

	require.Equal(t, "fine", <-answered)
	require.NoError(t, <-done)
}

func TestServeSaysWhichAddressIsTaken(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = lis.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err = httpserver.Serve(ctx, httpserver.Config{Listen: lis.Addr().String(), Log: telemetry.Discard()})
	require.ErrorContains(t, err, "http: listen on "+lis.Addr().String())
	require.ErrorContains(t, err, "in use")
}
