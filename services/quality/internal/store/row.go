package store

import (
	_ "embed" // the statements
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

var (
	//go:embed sql/insert.sql
	insertSQL string
	//go:embed sql/get.sql
	getSQL string
	//go:embed sql/find.sql
	findSQL string
	//go:embed sql/list.sql
	listSQL string
)

// marshalReport writes what is only ever read whole: results and findings.
func marshalReport(v *qualityv1.Validation) (string, error) {
	b, err := protojson.Marshal(&qualityv1.Validation{Results: v.GetResults(), Findings: v.GetFindings()})
	if err != nil {
		return "", fmt.Errorf("write the report of validation %s: %w", v.GetId(), err)
	}
	return string(b), nil
}

// scan reads a row of any of the statements. A field of the report that this program
// does not know was written by a newer one, and is left out.
func scan(row pgx.CollectableRow) (*qualityv1.Validation, error) {
	v, s := &qualityv1.Validation{}, &qualityv1.Statistics{}
	var asOf, startedAt, endedAt time.Time
	var report string
	if err := row.Scan(&v.Id, &v.Batch, &v.Dataset, &v.DatasetVersion, &asOf, &v.Run, &v.Success,
		&s.EvaluatedExpectations, &s.SuccessfulExpectations, &s.UnsuccessfulExpectations, &s.SkippedExpectations, &s.SuccessPercent, &v.RejectedRows,
		&startedAt, &endedAt, &report); err != nil {
		return nil, err
	}
	kept := &qualityv1.Validation{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(report), kept); err != nil {
		return nil, fmt.Errorf("read the report of validation %s: %w", v.Id, err)
	}
	v.Results, v.Findings = kept.Results, kept.Findings
	v.AsOf = asOf.Format(time.DateOnly)
	v.StartedAt, v.EndedAt = timestamppb.New(startedAt), timestamppb.New(endedAt)
	v.Statistics = s
	return v, nil
}
