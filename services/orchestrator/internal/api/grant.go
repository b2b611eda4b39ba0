package api

import (
	"regexp"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/ident"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// grantKey is the shape of a grant's identifier, by which grants are listed.
var grantKey = regexp.MustCompile(`^` + ident.Grant + `_[0-9a-z]{26}$`)

func grantID(g *store.Grant) string { return g.ID }

// Grants are those of a file, as it is now; nil where there is none.
type Grants func() []grant.Grant

func grantMessage(g *store.Grant) *orchestratorv1.Grant {
	m := grantOf(g.Grant)
	m.Id, m.CreatedBy, m.CreatedAt, m.RevokedBy = g.ID, g.CreatedBy, timestamppb.New(g.CreatedAt), g.RevokedBy
	if g.RevokedAt != nil {
		m.RevokedAt = timestamppb.New(*g.RevokedAt)
	}
	if g.LastUsedAt != nil {
		m.LastUsedAt = timestamppb.New(*g.LastUsedAt)
	}
	return m
}

func grantOf(g grant.Grant) *orchestratorv1.Grant {
	m := &orchestratorv1.Grant{
		Role: g.Role.Proto(), AllDatasets: g.All, Datasets: g.Datasets, Issuer: g.Issuer, Subject: g.Subject,
	}
	for _, c := range g.Claims {
		m.Claims = append(m.Claims, &orchestratorv1.Claim{Name: c.Name, Value: c.Value})
	}
	return m
}

// inFile are the grants of the file.
func (s *Server) inFile() (all []*orchestratorv1.Grant) {
	if s.Grants == nil {
		return nil
	}
	for i, g := range s.Grants() {
		m := grantOf(g)
		m.Id, m.FromFile = "file:"+strconv.Itoa(i+1), true
		all = append(all, m)
	}
	return all
}
