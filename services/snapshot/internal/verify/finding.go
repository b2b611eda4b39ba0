package verify

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// State is what became of the rows of a revision.
type State string

// What may have become of them.
const (
	// Intact: they are there as they were stamped.
	Intact State = "intact"
	// Tampered: others are there, or none that can be read.
	Tampered State = "tampered"
	// Missing: no table is there under the name of theirs.
	Missing State = "missing"
	// Detached: they are there, and their table is no partition any more.
	Detached State = "detached"
	// NotKept: they were lost before the revision was superseded.
	NotKept State = "not kept"
	// Dropped: retention dropped them, which is told by number alone.
	Dropped State = "dropped"
	// Stray: a partition that the catalog does not know.
	Stray State = "stray"
)

// Wrong says whether history is not as the catalog has it. What was lost before a revision
// was superseded is known, and told then.
func (s State) Wrong() bool { return s != Intact && s != NotKept && s != Dropped }

// Finding is what was found of a revision, or a stray partition.
type Finding struct {
	// Entry is the catalog's; of a stray partition, no more than its snapshot and where it is.
	Entry store.Entry
	State State
	// Rows and Hash are what was read; nil and empty where nothing could be.
	Rows *int64
	Hash string
	// Erased are the runs that erased keys of the dataset since it was stamped, the first one
	// first: what is from before them has those keys. Only of what is wrong.
	Erased []string
	// Found says in words what was found instead, and Mend what to do; both empty where it
	// is intact.
	Found, Mend string
	// lacks are the columns that its table does not have any more.
	lacks []string
	// renamed is the table that its partition is attached to, where that is another one and
	// none is under the name of its own.
	renamed relation.Relation
}

// judge says what rows and place of a revision make of it.
func (f *Finding) judge(sum digest.Sum, missing []string, parent, want relation.Relation) {
	e := f.Entry
	var wrong []string
	switch {
	case len(missing) > 0:
		f.State, f.lacks = Tampered, missing
		wrong = append(wrong, fmt.Sprintf("expected the columns %s in %s, found none", strings.Join(missing, ", "), e.Relation))
	default:
		f.Rows, f.Hash, f.State = &sum.Rows, sum.Hash, Intact
		if sum.Hash != e.ContentHash {
			f.State = Tampered
			wrong = append(wrong, differs(e, sum))
		}
	}
	if parent != want {
		if f.State == Intact {
			f.State = Detached
		}
		where := "is no partition of " + want.String() + " any more"
		if parent != (relation.Relation{}) {
			where = "is a partition of " + parent.String() + ", and not of " + want.String()
		}
		wrong = append(wrong, e.Relation.String()+" "+where)
	}
	f.Found = strings.Join(wrong, "; ")
}

// differs says how rows are not those of a revision.
func differs(e store.Entry, sum digest.Sum) string {
	if sum.Rows != e.Rows {
		return fmt.Sprintf("expected %s in %s, found %s", prose.Count(e.Rows, "row"), e.Relation, prose.Number(sum.Rows))
	}
	return fmt.Sprintf("expected other values in %s: its %s do not have the hash of the catalog", e.Relation, prose.Count(e.Rows, "row"))
}

// advise says what to do about what was found.
func (f *Finding) advise() {
	e := f.Entry
	switch {
	case !f.State.Wrong():
	case f.State == Detached && f.renamed != (relation.Relation{}):
		f.Mend = fmt.Sprintf("give the table its name back, once nothing else stands under it: alter table %s rename to %s", f.renamed.SQL(), relation.Quote(e.Table.Name))
	case f.State == Detached && e.SupersededAt == nil:
		f.Mend = fmt.Sprintf("the next run of %s attaches it again; or: alter table %s attach partition %s for values in ('%s')",
			day(e.AsOf), e.Table.SQL(), e.Relation.SQL(), day(e.AsOf))
	case f.State == Detached:
		f.Mend = fmt.Sprintf("attach it again: alter table %s attach partition %s for values from ('%s', %d) to ('%s', %d)",
			keptOf(e).SQL(), e.Relation.SQL(), day(e.AsOf), e.Revision, day(e.AsOf), e.Revision+1)
	case e.SupersededAt == nil && len(f.Erased) > 0:
		f.Mend = fmt.Sprintf("deliver %s again with --supersede, from files without the keys that %s; or restore %s from a backup, and erase them again: what is from before still has them",
			day(e.AsOf), f.erasures(), e.Relation)
	case e.SupersededAt == nil && len(f.lacks) > 0:
		f.Mend = fmt.Sprintf("declare %s in the dataset, where it does not any more (with optional: true, other files may come without it), and run %s again with restage from the files that it was stamped from: the rows are written again, with the column; or restore %s from a backup",
			strings.Join(f.lacks, ", "), day(e.AsOf), e.Relation)
	case e.SupersededAt == nil:
		f.Mend = fmt.Sprintf("run %s again with restage from the files that it was stamped from: the rows are written again; or restore %s from a backup", day(e.AsOf), e.Relation)
	default:
		f.Mend = fmt.Sprintf("nothing to do for what is current: revision %d took its place on %s; where its rows are needed, restore %s from a backup: it holds a revision that was superseded, which no run brings back",
			e.Revision+1, day(e.SupersededAt.UTC()), e.Relation)
		if len(f.Erased) > 0 {
			f.Mend += "; then erase the keys again that " + f.erasures()
		}
	}
}

// erasures says which runs erased keys since.
func (f *Finding) erasures() string {
	if n := len(f.Erased); n > 1 {
		return fmt.Sprintf("%d runs erased since, from %s to %s", n, f.Erased[0], f.Erased[n-1])
	}
	return f.Erased[0] + " erased since"
}

// unreadable says what keeps a table from being read, where it is the table's own fault.
// Other errors are of the connection or of ours.
func unreadable(err error) (says string, about bool) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return "", false
	}
	switch pg.Code {
	case "42501", // not allowed, also by row level security
		"42P01", "42703", "42804", "42883", // gone, or of other types, since it was looked for
		"XX001", "XX002", "58P01", "58030": // pages or files are damaged or lost
		return pg.Message, true
	}
	return "", false
}

func day(t time.Time) string { return t.Format(time.DateOnly) }
