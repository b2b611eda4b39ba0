// Package identity is who a call comes from, and what they may do. The gateway finds it
// out, decides by it, and passes it on to the services as metadata, which is never taken
// from outside: whatever a client sends under its key stays behind at the gateway.
package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Key is the metadata key under which the gateway says who calls.
const Key = "x-streamflow-identity-bin"

// Identity is who a call comes from.
type Identity struct {
	// Token is the identifier of the token; empty where an issuer says who calls.
	Token string
	// Name is who it belongs to.
	Name string
	// Role is what may be done; of a subject the greatest of Grants.
	Role Role
	// All says that it is for all datasets; otherwise it is for Datasets. Of a subject both
	// are of all Grants together.
	All      bool
	Datasets []string
	// ExpiresAt is when it ends; nil where it does not.
	ExpiresAt *time.Time
	// Issuer and Subject are who an OpenID issuer says that they are; empty for a token.
	Issuer, Subject string
	// Grants are what a subject is granted; none for a token.
	Grants []Grant
}

// Key tells whom it is of from everybody else: a token, or a subject of an issuer.
func (i *Identity) Key() string {
	if i.Subject != "" {
		return i.Issuer + " " + i.Subject
	}
	return i.Token
}

// For says whether it is for a dataset.
func (i *Identity) For(dataset string) bool { return i.All || slices.Contains(i.Datasets, dataset) }

// Scope says which datasets it is for, in words.
func (i *Identity) Scope() string {
	switch {
	case i.All:
		return "all datasets"
	case len(i.Datasets) == 1:
		return "dataset " + i.Datasets[0]
	default:
		return "datasets " + strings.Join(i.Datasets, ", ")
	}
}

// Of reads an identity from its message.
func Of(m *orchestratorv1.Identity) *Identity {
	i := &Identity{
		Token: m.GetToken(), Name: m.GetName(), Role: RoleOf(m.GetRole()),
		All: m.GetAllDatasets(), Datasets: m.GetDatasets(), Issuer: m.GetIssuer(), Subject: m.GetSubject(),
	}
	for _, g := range m.GetGrants() {
		i.Grants = append(i.Grants, Grant{Role: RoleOf(g.GetRole()), All: g.GetAllDatasets(), Datasets: g.GetDatasets()})
	}
	if m.GetExpiresAt() != nil {
		at := m.GetExpiresAt().AsTime()
		i.ExpiresAt = &at
	}
	return i
}

// Proto returns the message of an identity.
func (i *Identity) Proto() *orchestratorv1.Identity {
	m := &orchestratorv1.Identity{
		Token: i.Token, Name: i.Name, Role: i.Role.Proto(), AllDatasets: i.All, Datasets: i.Datasets, Issuer: i.Issuer, Subject: i.Subject,
	}
	for _, g := range i.Grants {
		m.Grants = append(m.Grants, &orchestratorv1.GrantedRole{Role: g.Role.Proto(), AllDatasets: g.All, Datasets: g.Datasets})
	}
	if i.ExpiresAt != nil {
		m.ExpiresAt = timestamppb.New(*i.ExpiresAt)
	}
	return m
}

// Outgoing returns a context whose calls say that they come from somebody, and from nobody
// else: what stood under the key before is gone. Nil is nobody.
func Outgoing(ctx context.Context, who *Identity) (context.Context, error) {
	md, _ := metadata.FromOutgoingContext(ctx)
	md = md.Copy()
	if md == nil {
		md = metadata.MD{}
	}
	md.Delete(Key)
	if who != nil {
		text, err := proto.Marshal(who.Proto())
		if err != nil {
			return nil, fmt.Errorf("say who calls: %w", err)
		}
		md.Set(Key, string(text))
	}
	return metadata.NewOutgoingContext(ctx, md), nil
}

// Incoming returns who the gateway says that a call comes from; nil where it says nobody.
// Two that are said, or one that cannot be read, are an error: then it is not known.
func Incoming(ctx context.Context) (*Identity, error) {
	said := metadata.ValueFromIncomingContext(ctx, Key)
	if len(said) == 0 {
		return nil, nil
	}
	if len(said) > 1 {
		return nil, fmt.Errorf("expected one caller, found %d", len(said))
	}
	m := &orchestratorv1.Identity{}
	if err := proto.Unmarshal([]byte(said[0]), m); err != nil {
		return nil, fmt.Errorf("read who calls: %w", err)
	}
	return Of(m), nil
}
