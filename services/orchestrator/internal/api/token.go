package api

import (
	"regexp"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/ident"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// tokenKey is the shape of a token's identifier, by which tokens are listed.
var tokenKey = regexp.MustCompile(`^` + ident.Token + `_[0-9a-z]{26}$`)

func tokenID(t *store.Token) string { return t.Token }

func tokenMessage(t *store.Token) *orchestratorv1.Token {
	m := &orchestratorv1.Token{
		Id: t.Token, Name: t.Name, Role: t.Role.Proto(), AllDatasets: t.All, Datasets: t.Datasets,
		CreatedBy: t.CreatedBy, CreatedAt: timestamppb.New(t.CreatedAt), RevokedBy: t.RevokedBy,
	}
	if t.ExpiresAt != nil {
		m.ExpiresAt = timestamppb.New(*t.ExpiresAt)
	}
	if t.RevokedAt != nil {
		m.RevokedAt = timestamppb.New(*t.RevokedAt)
	}
	if t.LastUsedAt != nil {
		m.LastUsedAt = timestamppb.New(*t.LastUsedAt)
	}
	return m
}
