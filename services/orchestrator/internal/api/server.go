// Package api answers the orchestrator's RPCs, one file per RPC: the request is
// checked, the domain called, the answer put into messages. What the contract's
// declared rules check is checked before a handler is called.
package api

import (
	"context"
	"regexp"
	"time"

	"github.com/streamflow/streamflow/platform/page"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
	"github.com/streamflow/streamflow/services/orchestrator/internal/registry"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Server answers the RPCs.
type Server struct {
	orchestratorv1.UnsafeOrchestratorServiceServer
	// Grants are those of a file, beside those of the database; nil for none. Set it before
	// the first call.
	Grants Grants

	store *store.Store
	hub   *event.Hub
	look  registry.Surveyor
	now   func() time.Time
	// services change the tables of a dataset.
	services registry.Rewriter
	history  Historian
	sources  Sources
}

// Services see what stands under the names of a dataset, and change it.
type Services interface {
	registry.Surveyor
	registry.Rewriter
	Historian
	Sources
}

// Sources know what can be read.
type Sources interface {
	// Unreadable is the error of a source that no run can read; nil where one may.
	Unreadable(ctx context.Context, source string) error
}

// New returns a server over the store; hub wakes those who watch and work, and services
// see to the tables of a dataset.
func New(s *store.Store, hub *event.Hub, services Services) *Server {
	return &Server{store: s, hub: hub, look: services, services: services, history: services, sources: services, now: time.Now}
}

// key reads the page token of a list whose keys have a shape. It refuses a token that
// another list gave out, or nobody.
func key(token string, shape *regexp.Regexp) (string, error) {
	k, err := page.Key(token)
	if err != nil {
		return "", err
	}
	if k != "" && !shape.MatchString(k) {
		return "", page.Refuse(token)
	}
	return k, nil
}
