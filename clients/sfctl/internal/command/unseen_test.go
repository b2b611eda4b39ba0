package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

func TestWhatAValidationDidNotSee(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]*qualityv1.Validation{
		"":                           {},
		", 3 could not be evaluated": {Statistics: &qualityv1.Statistics{SkippedExpectations: 3}},
		", 1 rejected row not seen":  {RejectedRows: 1},
		", 3 could not be evaluated, 1,200 rejected rows not seen": {Statistics: &qualityv1.Statistics{SkippedExpectations: 3}, RejectedRows: 1200},
	} {
		require.Equal(t, want, unseen(v))
	}
}

func TestAnExceptionIsWhatWasObserved(t *testing.T) {
	t.Parallel()
	r := &qualityv1.ExpectationResult{ExceptionInfo: &qualityv1.ExceptionInfo{RaisedException: true, ExceptionMessage: "division by zero (SQLSTATE 22012)"}}
	require.Equal(t, "division by zero (SQLSTATE 22012)", observed(r))
	require.Equal(t, "failed", verdict(r))
	r.ExceptionInfo = &qualityv1.ExceptionInfo{}
	r.Result = &qualityv1.ResultDetail{ElementCount: 3, UnexpectedCount: 1}
	require.Equal(t, "1 of 3 rows unexpected", observed(r))
}
