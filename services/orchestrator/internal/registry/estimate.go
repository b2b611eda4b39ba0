package registry

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// rewrittenPerSecond is how many bytes PostgreSQL rewrites and indexes in a second on a
// machine with an ordinary disk; a rough guide, and said as such.
const rewrittenPerSecond = 50 << 20

// estimate says of what would be rewritten about how long each table would be locked.
func estimate(would []*stepv1.AlteredRelation) {
	for _, t := range would {
		seconds := max(1, (t.GetBytes()+rewrittenPerSecond-1)/rewrittenPerSecond)
		t.AboutMs = proto.Int64(seconds * time.Second.Milliseconds())
	}
}

// unconfirmed refuses to rewrite what nobody has said yes to, with what it would lock.
func unconfirmed(name string, would []*stepv1.AlteredRelation) error {
	var locks []string
	for _, t := range would {
		seconds := t.GetAboutMs() / time.Second.Milliseconds()
		locks = append(locks, fmt.Sprintf("%s for about %s (%s)", relation.Of(t.GetRelation()), prose.Count(seconds, "second"), t.GetFound()))
	}
	return problem.New(problem.InvalidRequest,
		"dataset %s was not migrated: confirm is not true, and it would rewrite %s, and lock %s",
		name, prose.Count(int64(len(would)), "table"), strings.Join(locks, ", ")).
		With("dataset", name).
		Violate("confirm", "expected true where tables are to be rewritten, found false").
		Advise("Nobody can read a table while it is rewritten. Send \"confirm\": true to do it, or \"look_only\": true to see what it does.")
}
