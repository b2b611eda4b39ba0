package dataset

import datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"

// maxKeep is more dates than a history of days has in a life.
const maxKeep = 100_000

// history judges what the dataset declares of how much of its history is kept.
func (l *linter) history() {
	h := l.dataset.GetHistory()
	if h == nil {
		return
	}
	if len(l.dataset.GetSnapshots()) == 0 {
		l.wrong("history", "expected snapshots beside history, found none: nothing is kept that could be dropped")
	}
	switch {
	case h.GetKeep() < 0 || h.GetKeep() > maxKeep:
		l.wrong("history.keep", "expected 1 to %d dates, found %d", maxKeep, h.GetKeep())
	case h.GetKeep() == 0 && h.GetKeepFor() == 0:
		l.wrong("history", "expected keep, the number of dates, such as keep: 36, or keep_for, their age in days, found neither; without history every date is kept")
	}
	l.days("history.keep_for", h.GetKeepFor())
}

// Retains says whether a dataset declares which dates of its history are kept.
func Retains(d *datasetv1.Dataset) bool {
	return d.GetHistory().GetKeep() > 0 || d.GetHistory().GetKeepFor() > 0
}
