package trainingset

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
)

// hashSteps is into how many steps keys are divided. It bounds how exactly a share is
// met, to a millionth.
const hashSteps = 1_000_000

// part is the name of the part that a row of a date is in; empty where the set is not
// divided.
func (s *Set) part(j Join) string {
	split := s.Definition.GetSplit()
	if split == nil {
		return ""
	}
	if split.GetBy() == datasetv1.SplitBy_SPLIT_BY_TIME {
		i := slices.IndexFunc(s.Dates, j.AsOf.Equal)
		return literal(split.GetParts()[partOfDate(split.GetParts(), i, len(s.Dates))].GetName()) + "::text"
	}
	return s.hashed(split)
}

// hashed divides by PostgreSQL's own hash of the key's text, which is the same on every
// machine: a key is in the same part at every date.
func (s *Set) hashed(split *datasetv1.Split) string {
	step := fmt.Sprintf("(%s & 9223372036854775807) %% %d", s.keyHash(int64(split.GetSeed())), hashSteps)
	var b strings.Builder
	b.WriteString("case")
	sum := 0.0
	for _, p := range split.GetParts()[:len(split.GetParts())-1] {
		sum += p.GetShare()
		fmt.Fprintf(&b, " when %s < %d then %s", step, int(math.Round(sum*hashSteps)), literal(p.GetName()))
	}
	return b.String() + " else " + literal(split.GetParts()[len(split.GetParts())-1].GetName()) + " end"
}

// keyHash is a hash of the entity's key, seeded.
func (s *Set) keyHash(seed int64) string {
	key := make([]string, len(s.Entities.Key))
	for i, c := range s.Entities.Key {
		key[i] = digest.Canonical("e."+relation.Quote(c.Name), c.Type.Name)
	}
	return fmt.Sprintf("hashtextextended(row(%s)::text, %d)", strings.Join(key, ", "), seed)
}

// partOfDate is the part that the i-th of n dates is in: the earlier dates are the first
// part's, and each part has one at least.
func partOfDate(parts []*datasetv1.Part, i, n int) int {
	sum := 0.0
	for p, part := range parts[:len(parts)-1] {
		sum += part.GetShare()
		end := min(max(int(math.Round(sum*float64(n))), p+1), n-(len(parts)-1-p))
		if i < end {
			return p
		}
	}
	return len(parts) - 1
}
