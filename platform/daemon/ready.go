package daemon

import (
	"cmp"
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/postgres"
)

// Intervals of the readiness check: quick at first, since a start waits for it, then
// slower, and slow where the database lets nobody in, since each try is a failed login
// that others count; slow afterwards, since it only tells a load balancer of an outage.
const (
	waitFirst   = 100 * time.Millisecond
	waitLast    = time.Second
	waitRefused = 15 * time.Second
	watchEvery  = 5 * time.Second
	probeLimit  = 3 * time.Second
	// knockEvery is how often a fresh connection is tried as well: one that is open does
	// not tell that the password has been changed.
	knockEvery = time.Minute
)

func (c Config) watchEvery() time.Duration { return cmp.Or(c.WatchEvery, watchEvery) }

func (c Config) knockEvery() time.Duration { return cmp.Or(c.KnockEvery, knockEvery) }

// becomeReady waits for PostgreSQL and the migrations, and says once why it waits.
func becomeReady(ctx context.Context, spec Spec, cfg Config, deps Deps, svc Service, srv *grpcserver.Server) bool {
	said := ""
	for wait := waitFirst; ; wait *= 2 {
		err := probe(ctx, spec, deps, svc)
		if err == nil {
			srv.SetReady(true)
			cfg.Log.Info("ready")
			warnOfLog(ctx, cfg, deps)
			if cfg.Ready != nil {
				cfg.Ready()
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if err.Error() != said {
			said = err.Error()
			cfg.Log.Warn("not ready, waiting", "for", said)
		}
		wait = min(wait, longestWait(err))
		if pause.Sleep(ctx, wait) != nil {
			return false
		}
	}
}

// warnOfLog says where PostgreSQL may write values of rows into its own log. Whether it may
// is a superuser's to say, and no reason not to serve.
func warnOfLog(ctx context.Context, cfg Config, deps Deps) {
	if deps.Pool == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	if mend, err := deps.Pool.Logged(ctx); err != nil {
		cfg.Log.Warn("what PostgreSQL writes into its log was not looked at", "error", err)
	} else if mend != "" {
		cfg.Log.Warn("PostgreSQL may write values of rows into its log; as a superuser: "+mend, "guide", "docs/guides/personal-data.md")
	}
}

func longestWait(err error) time.Duration {
	if postgres.Refused(err) {
		return waitRefused
	}
	return waitLast
}

// watch keeps the readiness true to the database for as long as the service runs.
func watch(ctx context.Context, spec Spec, cfg Config, deps Deps, svc Service, srv *grpcserver.Server) {
	ready, knocked := true, time.Now()
	for pause.Sleep(ctx, cfg.watchEvery()) == nil {
		srv.SetFiles(deps.Door.Broken() == nil) // the log says what is wrong with them
		err := probe(ctx, spec, deps, svc)
		if err == nil && deps.Pool != nil && (!ready || time.Since(knocked) >= cfg.knockEvery()) {
			err, knocked = knock(ctx, deps), time.Now()
		}
		if ctx.Err() == nil && (err == nil) != ready {
			ready = err == nil
			srv.SetReady(ready)
			cfg.Log.Warn("readiness changed", "ready", ready, "error", err)
		}
	}
}

func knock(ctx context.Context, deps Deps) error {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	return deps.Pool.Knock(ctx)
}

func probe(ctx context.Context, spec Spec, deps Deps, svc Service) error {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	if p, ok := svc.(Prober); ok {
		if err := p.Probe(ctx); err != nil {
			return err
		}
	}
	if spec.Migrations == nil {
		return nil
	}
	return postgres.Ready(ctx, deps.Pool, postgres.Foundation(), spec.Migrations)
}
