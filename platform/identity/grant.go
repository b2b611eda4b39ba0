package identity

import (
	"slices"
	"strings"
)

// Grant is a role, and what it is for.
type Grant struct {
	Role Role
	// All says that it is for all datasets; otherwise it is for Datasets.
	All      bool
	Datasets []string
}

// Hold has a subject hold grants, and nothing else.
func (i *Identity) Hold(grants []Grant) {
	i.Grants, i.Role, i.All, i.Datasets = grants, "", false, nil
	for _, g := range grants {
		i.Role = greater(i.Role, g.Role)
		i.All = i.All || g.All
		i.Datasets = append(i.Datasets, g.Datasets...)
	}
	if i.All {
		i.Datasets = nil
	}
	slices.Sort(i.Datasets)
	i.Datasets = slices.Compact(i.Datasets)
}

// RoleFor is the greatest role for a dataset; empty where there is none.
func (i *Identity) RoleFor(dataset string) Role {
	return i.greatest(func(g Grant) bool { return g.All || slices.Contains(g.Datasets, dataset) })
}

// RoleForAll is the greatest role for all datasets; empty where there is none.
func (i *Identity) RoleForAll() Role {
	return i.greatest(func(g Grant) bool { return g.All })
}

func (i *Identity) greatest(counts func(Grant) bool) (most Role) {
	for _, g := range i.held() {
		if counts(g) {
			most = greater(most, g.Role)
		}
	}
	return most
}

// held are the grants of a subject, or the one that a token is.
func (i *Identity) held() []Grant {
	if i.Subject != "" {
		return i.Grants
	}
	return []Grant{{Role: i.Role, All: i.All, Datasets: i.Datasets}}
}

// greater is the greater of two roles, of which either may be none.
func greater(a, b Role) Role {
	if b.Covers(a) || a == "" {
		return b
	}
	return a
}

// Held says what a subject is granted, in words.
func (i *Identity) Held() string {
	var held []string
	for _, g := range i.Grants {
		held = append(held, string(g.Role)+" of "+(&Identity{All: g.All, Datasets: g.Datasets}).Scope())
	}
	if len(held) == 0 {
		return "granted nothing"
	}
	return "granted " + strings.Join(held, ", ")
}
