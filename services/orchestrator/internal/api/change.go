package api

import (
	"strings"

	"github.com/streamflow/streamflow/dataset/diff"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

const (
	actionPrefix = "CHANGE_ACTION_"
	classPrefix  = "CHANGE_CLASS_"
)

func changeMessages(changes diff.Changes) []*orchestratorv1.DatasetChange {
	all := make([]*orchestratorv1.DatasetChange, 0, len(changes))
	for _, c := range changes {
		all = append(all, &orchestratorv1.DatasetChange{
			Action: orchestratorv1.ChangeAction(orchestratorv1.ChangeAction_value[actionPrefix+strings.ToUpper(string(c.Action))]),
			Part:   string(c.Part), Table: c.Table, Snapshot: c.Snapshot, TrainingSet: c.TrainingSet, Name: c.Name,
			Field: c.Field, From: c.From, To: c.To, Snapshots: c.Snapshots,
			Class: orchestratorv1.ChangeClass(orchestratorv1.ChangeClass_value[classPrefix+strings.ToUpper(c.Class.String())]),
			Note:  c.Note, Text: c.Where() + ": " + c.What(),
		})
	}
	return all
}
