// Package health answers whether the gateway lives, and whether it is of use: that
// all services behind it are ready.
package health

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// checkTimeout is how long one service may take to answer; a probe of Kubernetes
// that waits longer than its own timeout tells less than a 503.
const checkTimeout = 2 * time.Second

// Live answers 200 for as long as the process does.
func Live(w http.ResponseWriter, _ *http.Request) { say(w, "live\n") }

// staleFiles is what is said besides, to everybody, and so without a path.
const staleFiles = "but the files of its certificates or secrets have changed to what cannot be taken: those before are in use until they end\n"

// Ready returns a handler that answers 200 while every service is ready and nobody has
// asked the gateway to stop, and else a problem that names what is in the way. broken says
// what is wrong with the files of certificates and secrets, with which it is ready all the
// same for as long as those of before last.
func Ready(services []backend.Service, stopping <-chan struct{}, broken func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-stopping:
			problemjson.Error(w, r, problem.New(problem.ServiceUnavailable, "not ready: the gateway is stopping"))
			return
		default:
		}
		if err := Check(r.Context(), services); err != nil {
			problemjson.Error(w, r, err)
			return
		}
		if broken() != nil {
			say(w, "ready\n"+staleFiles)
			return
		}
		say(w, "ready\n")
	}
}

// Check asks every service whether it is ready, and names those that are not.
func Check(ctx context.Context, services []backend.Service) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	faults := make([]string, len(services))
	var wg sync.WaitGroup
	for i, svc := range services {
		wg.Go(func() { faults[i] = fault(ctx, svc) })
	}
	wg.Wait()
	p := problem.New(problem.ServiceUnavailable, "")
	var away []string
	for i, f := range faults {
		if f != "" {
			p = p.Violate(services[i].Name, "%s", f)
			away = append(away, services[i].Name)
		}
	}
	if len(away) == 0 {
		return nil
	}
	p.Message = "not ready: " + strings.Join(away, ", ")
	return p
}

// fault says what keeps a service from its work; empty for nothing.
func fault(ctx context.Context, svc backend.Service) string {
	resp, err := healthv1.NewHealthClient(svc.Conn).Check(ctx, &healthv1.HealthCheckRequest{})
	switch {
	case err != nil:
		return problem.FromError(err).Message
	case resp.GetStatus() != healthv1.HealthCheckResponse_SERVING:
		return "expected SERVING, found " + resp.GetStatus().String() + ": it waits for PostgreSQL or its migrations"
	default:
		return ""
	}
}

func say(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text) // a client that has gone away needs no answer
}
