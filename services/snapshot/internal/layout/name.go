package layout

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/relation"
)

// History is the schema that holds the partitions of every dataset.
const History = "sf_history"

// plainSchema is the schema whose snapshots give their partitions their bare name.
// Snapshots of other schemas carry a digest in theirs, because two schemas may hold
// tables of one name.
const plainSchema = "public"

const (
	keySuffix   = "_pkey"
	keptSuffix  = "__kept"
	deltaSuffix = "__delta"
	digestBytes = 4 // eight hex digits: names of one installation do not meet by chance
)

// Partition is the attached partition of an as_of in one revision, such as
// sf_history.users_snapshots__2024_01_31__r1.
func (l Layout) Partition(asOf time.Time, revision int32) relation.Relation {
	return l.inHistory(revisionSuffix(asOf, revision))
}

// Prepared is the table that becomes that partition, while one attempt fills it. The
// fence tells attempts apart, so that one that was stopped is in nobody's way.
func (l Layout) Prepared(asOf time.Time, revision int32, fence int64) relation.Relation {
	return l.inHistory(fmt.Sprintf("%s__f%d", revisionSuffix(asOf, revision), fence))
}

// Kept is the table that holds the rows of a revision once it is superseded, such as
// sf_history.users_snapshots__2024_01_31__r1__kept.
func (l Layout) Kept(asOf time.Time, revision int32) relation.Relation {
	return l.inHistory(revisionSuffix(asOf, revision) + keptSuffix)
}

// KeptPrepared is the table that becomes the kept one, while one attempt fills it.
func (l Layout) KeptPrepared(asOf time.Time, revision int32, fence int64) relation.Relation {
	return l.inHistory(fmt.Sprintf("%s%s__f%d", revisionSuffix(asOf, revision), keptSuffix, fence))
}

// Delta is the table that holds the rows of the incremental extract by which an as_of
// stands, as they were delivered, such as sf_history.users_snapshots__2024_01_31__delta.
func (l Layout) Delta(asOf time.Time) relation.Relation {
	return l.inHistory(dateSuffix(asOf) + deltaSuffix)
}

// DeltaPrepared is the table that becomes that one, while one attempt fills it.
func (l Layout) DeltaPrepared(asOf time.Time, fence int64) relation.Relation {
	return l.inHistory(fmt.Sprintf("%s%s__f%d", dateSuffix(asOf), deltaSuffix, fence))
}

// AllKept is the partitioned table that all superseded revisions are partitions of, such
// as sf_history.users_snapshots__kept.
func (l Layout) AllKept() relation.Relation { return l.inHistory(keptSuffix) }

// Revisions is the view that shows the rows of all revisions.
func (l Layout) Revisions() relation.Relation {
	return relation.Relation{Schema: l.Table.Schema, Name: l.Table.Name + "_revisions"}
}

// PrimaryKeyName names the primary key of a partition; keys share the name space
// of tables.
func PrimaryKeyName(partition relation.Relation) string {
	if len(partition.Name)+len(keySuffix) <= relation.MaxName {
		return partition.Name + keySuffix
	}
	return shorten(partition.Name, partition.Name, keySuffix)
}

// Aside names a partition that holds other rows than were stamped, once it makes room
// for those that were. The fence tells one from another.
func Aside(partition relation.Relation, fence int64) string {
	suffix := fmt.Sprintf("__aside_f%d", fence)
	if len(partition.Name)+len(suffix) <= relation.MaxName {
		return partition.Name + suffix
	}
	return shorten(partition.Name, partition.Name, suffix)
}

func revisionSuffix(asOf time.Time, revision int32) string {
	return fmt.Sprintf("%s__r%d", dateSuffix(asOf), revision)
}

func dateSuffix(asOf time.Time) string { return "__" + asOf.Format("2006_01_02") }

func (l Layout) inHistory(suffix string) relation.Relation {
	name := l.Snapshot + suffix
	if l.Table.Schema != plainSchema || len(name) > relation.MaxName {
		name = shorten(l.Snapshot, l.Table.String(), suffix)
	}
	return relation.Relation{Schema: History, Name: name}
}

// shorten cuts name so that it fits with a digest of what it stands for and the
// suffix. The same arguments always give the same name.
func shorten(name, identity, suffix string) string {
	sum := sha256.Sum256([]byte(identity))
	suffix = "_" + hex.EncodeToString(sum[:digestBytes]) + suffix
	if room := relation.MaxName - len(suffix); len(name) > room {
		name = strings.ToValidUTF8(name[:room], "")
	}
	return name + suffix
}
