package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// runStates are the states of a run as --state takes them.
func runStates() []string {
	var words []string
	for n := range int32(len(orchestratorv1.RunState_name)) {
		if word := printer.Enum(orchestratorv1.RunState(n)); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// parseStates reads the values of --state.
func parseStates(words []string) ([]orchestratorv1.RunState, error) {
	var states []orchestratorv1.RunState
	for _, word := range words {
		i := slices.Index(runStates(), strings.ToLower(word))
		if i < 0 {
			return nil, exit.BadUsage(fmt.Errorf("state %q: want %s", word, strings.Join(runStates(), ", ")))
		}
		// The values are numbered from 1 in the order of the words.
		states = append(states, orchestratorv1.RunState(i+1))
	}
	return states, nil
}
