package stamp

import (
	"context"
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/dataset/columntype"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// causes say what is another than when the as_of was stamped, beside what was delivered: the
// state that an extract was laid over, and the version of the dataset, whose types and time
// zones the same files are read by. Each says what to do about it, where the files are the same.
func (d differing) causes(ctx context.Context, q postgres.Querier, how *difference) (causes []string, err error) {
	then, err := store.BaseOf(ctx, q, d.stamped)
	if err != nil {
		return nil, err
	}
	for _, c := range []string{d.baseMoved(then), d.versionMoved(how)} {
		if c != "" {
			causes = append(causes, c)
		}
	}
	return causes, nil
}

// baseMoved says that the rows were laid over another state than those that are stamped.
func (d differing) baseMoved(then *store.Base) string {
	now := d.delivered.Base
	switch {
	case then == nil && now == nil, then != nil && now != nil && then.Hash == now.Hash:
		return ""
	case then == nil:
		return fmt.Sprintf("stamped is a whole extract, and delivered what changed, laid over %s: whole files are delivered with --full-extract", over(*now))
	case now == nil:
		return fmt.Sprintf("stamped is an extract of what changed, laid over %s, and delivered a whole one", over(*then))
	}
	return fmt.Sprintf("the stamped rows were laid over %s, and the delivered ones over %s, which has another content: where the files are the same, `sfctl run start --dataset %s --restamp --from %s` makes the date again over what stands now",
		over(*then), over(*now), d.stamped.Dataset, d.delivered.AsOf.Format("2006-01-02"))
}

func over(b store.Base) string {
	return fmt.Sprintf("%s as of %s in revision %d", b.Snapshot, b.AsOf, b.Revision)
}

// versionMoved says that the dataset is of another version than when the as_of was stamped.
func (d differing) versionMoved(how *difference) string {
	then, now := d.stamped.DatasetVersion, d.delivered.DatasetVersion
	if then == now {
		return ""
	}
	versions := fmt.Sprintf("stamped under version %s of the dataset, and delivered under %s (`sfctl dataset diff %s %[1]s %[2]s`)", brief(then), brief(now), d.stamped.Dataset)
	switch {
	case how != nil && how.rows() == 0:
		return versions + ": a column's type that was changed in between gives the same values another hash; --supersede makes a revision that has it"
	case how != nil && d.zoned(how):
		return versions + ": what differs are moments, and the same files give others once a column's time_zone is another; --supersede makes a revision of those"
	}
	return versions
}

// zoned says of rows that differ that they do so in timestamptz columns alone.
func (d differing) zoned(how *difference) bool {
	if how.gone+how.added > 0 || len(how.columns) == 0 {
		return false
	}
	for _, c := range d.layout.Rest {
		if c.Type.Name != columntype.TimestampTZ && slices.ContainsFunc(how.columns, func(changed changedColumn) bool { return changed.name == c.Name }) {
			return false
		}
	}
	return true
}

// brief is as much of a version as is told.
func brief(version string) string { return version[:min(len(version), 12)] }
