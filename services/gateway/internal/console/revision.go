package console

import (
	"fmt"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// why is the reason of a revision, behind what a rollback made current again by it.
func why(s *snapshotv1.Snapshot) string {
	if s.GetRestores() == 0 {
		return s.GetReason()
	}
	return fmt.Sprintf("rollback of %d to %d: %s", s.GetRevision()-1, s.GetRestores(), s.GetReason())
}

// revision is the number of a revision, and of the one whose content it has again.
func revision(s *stepv1.RestatedSnapshot) string {
	if s.GetRestores() == 0 {
		return fmt.Sprint(s.GetRevision())
	}
	return fmt.Sprintf("%d (%d again)", s.GetRevision(), s.GetRestores())
}

// rowsIn is the relation that holds the rows of a revision; none whose rows are not there.
func rowsIn(s *snapshotv1.Snapshot) entry {
	if s.GetDroppedAt() != nil {
		return words("nowhere: they were dropped")
	}
	if s.GetLost() {
		return words("nowhere: they are gone")
	}
	return code(relation(s.GetRelation()))
}

// changedIn leads to what a revision changed; the first one changed nothing.
func changedIn(s *snapshotv1.Snapshot) entry {
	if s.GetRevision() < 2 {
		return words("")
	}
	e := diffLink(s.GetDataset(), side{s.GetAsOf(), s.GetRevision() - 1}, side{s.GetAsOf(), s.GetRevision()}, s.GetSnapshot())
	e.Text = fmt.Sprintf("since %d", s.GetRevision()-1)
	return e
}
