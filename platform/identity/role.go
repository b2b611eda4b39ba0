package identity

import (
	"fmt"
	"slices"
	"strings"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Role is what somebody may do; its text is how people and the database write it.
type Role string

// Roles, of which each may do what those before it may.
const (
	// Reader reads everything, and exports.
	Reader Role = "reader"
	// Operator starts and cancels runs, and builds training sets.
	Operator Role = "operator"
	// Steward accepts findings, and corrects, rolls back, drops and pins history.
	Steward Role = "steward"
	// Admin registers, alters and deletes datasets, and makes tokens.
	Admin Role = "admin"
)

var roles = []Role{Reader, Operator, Steward, Admin}

// Roles are all roles, the smallest first.
func Roles() []Role { return slices.Clone(roles) }

// ParseRole reads a role as a person writes it.
func ParseRole(text string) (Role, error) {
	if r := Role(text); slices.Contains(roles, r) {
		return r, nil
	}
	var all []string
	for _, r := range roles {
		all = append(all, string(r))
	}
	return "", fmt.Errorf("role %q: want %s", text, strings.Join(all, ", "))
}

// Covers says whether a role may do what needs another. What is no role covers nothing, and
// nothing covers it.
func (r Role) Covers(need Role) bool {
	have, want := slices.Index(roles, r), slices.Index(roles, need)
	return have >= 0 && want >= 0 && have >= want
}

// RoleOf reads a role from its message; what is no role is empty, and covers nothing.
func RoleOf(m orchestratorv1.Role) Role {
	if i := int(m) - 1; i >= 0 && i < len(roles) {
		return roles[i]
	}
	return ""
}

// Proto returns the message of a role.
func (r Role) Proto() orchestratorv1.Role {
	return orchestratorv1.Role(slices.Index(roles, r) + 1)
}
