package step

import (
	"errors"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
)

// alteredError is a verdict of a step that altered tables before it.
type alteredError struct {
	error
	statements []string
}

func (e *alteredError) Unwrap() error { return e.error }

// alteredAllTheSame has a verdict tell what was altered before it, and stays so.
func alteredAllTheSame(err error, altered []*stepv1.AlteredRelation) error {
	if len(altered) == 0 || fault.Of(err) != fault.Verdict {
		return err
	}
	return &alteredError{problem.FromError(err), statements(altered)}
}

// Altered are the statements that a step had carried out when it failed, which stay so.
func Altered(err error) []string {
	var altered *alteredError
	if errors.As(err, &altered) {
		return altered.statements
	}
	return nil
}

func statements(altered []*stepv1.AlteredRelation) []string {
	all := make([]string, len(altered))
	for i, a := range altered {
		all[i] = a.GetMend()
	}
	return all
}
