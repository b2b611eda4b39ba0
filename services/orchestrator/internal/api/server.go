// Package api answers the orchestrator's RPCs, one file per RPC: the request is
// checked, the domain called, the answer put into messages. What the contract's
// declared rules check is checked before a handler is called.
package api

import (
	"encoding/base64"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Server answers the RPCs.
type Server struct {
	orchestratorv1.UnsafeOrchestratorServiceServer
	store *store.Store
	hub   *event.Hub
}

// New returns a server over the store; hub wakes those who watch and work.
func New(s *store.Store, hub *event.Hub) *Server { return &Server{store: s, hub: hub} }

// defaultPage is the size of a page where the request gives none.
const defaultPage = 50

func pageSize(asked int32) int {
	if asked == 0 {
		return defaultPage
	}
	return int(asked)
}

// token is the opaque form of the last key of a page; empty where no page follows.
func token(key string, more bool) string {
	if !more {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(key))
}

// key reads a token.
func key(token string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", problem.New(problem.InvalidRequest, "expected the next_page_token of the page before, found %q", token).
			Violate("page_token", "is no token of a page")
	}
	return string(b), nil
}

// checkAsOf refuses what has the shape of a date and is none, such as 2024-02-31.
func checkAsOf(asOf string) error {
	if _, err := dataset.ParseAsOf(asOf); err != nil {
		return problem.Wrap(err, problem.InvalidRequest, "%v", err).Violate("as_of", "%v", err)
	}
	return nil
}
