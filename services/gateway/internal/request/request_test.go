package request_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/streamflow/streamflow/services/gateway/internal/request"
)

func TestBegin(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		given string
		kept  bool
	}{
		"given":             {"req-7/a.b:c", true},
		"missing":           {"", false},
		"too long":          {strings.Repeat("a", 129), false},
		"forges a log line": {"a\tb", false},
		"has spaces":        {"a b", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set(request.Header, tc.given)

			ctx, q := request.Begin(r)

			if tc.kept {
				require.Equal(t, tc.given, q.ID)
			} else {
				require.Regexp(t, `^req_[0-9a-z]{26}$`, q.ID)
			}
			require.Equal(t, q.ID, request.ID(ctx))
			md, _ := metadata.FromOutgoingContext(ctx)
			require.Equal(t, []string{q.ID}, md.Get("x-request-id"))
		})
	}
}

func TestFailedIsNoted(t *testing.T) {
	t.Parallel()
	ctx, q := request.Begin(httptest.NewRequest(http.MethodGet, "/", nil))
	request.Failed(ctx, "RUN_NOT_FOUND: none")
	require.Equal(t, "RUN_NOT_FOUND: none", q.Failure)
}

func TestOutsideOfARequest(t *testing.T) {
	t.Parallel()
	require.Empty(t, request.ID(context.Background()))
	require.NotPanics(t, func() { request.Failed(context.Background(), "x") })
}
