package devsuite

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
)

// above looks at the folders above one, as it is named and where its links lead, and tells the
// log of those that others may write into: they can put another folder in its place. A sticky
// one, as /tmp, is none of these, since there each keeps their own. Nothing is refused: machines
// on which nobody else is have such folders, and who else is on this one is not known here.
func above(dir string, log *slog.Logger) error {
	led, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, path := range []string{dir, led} {
		for parent := filepath.Dir(path); !seen[parent]; parent = filepath.Dir(parent) {
			seen[parent] = true
			info, err := os.Stat(parent)
			if err != nil {
				return err
			}
			if who, mend := mayReplace(info); who != "" {
				log.Warn("a folder above the data can be written by "+who+", who can put another in the data's place: "+mend, "folder", parent)
			}
		}
	}
	return nil
}

// mayReplace says who else may put another folder in the place of one that lies in a folder,
// and what to do about it; empty where nobody may.
func mayReplace(info fs.FileInfo) (who, mend string) {
	mode := info.Mode()
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case mode&fs.ModeSticky != 0:
		return "", ""
	case mode.Perm()&0o002 != 0:
		return "everybody", "chmod o-w, or chmod +t as /tmp has it"
	case ok && st.Uid != 0 && int(st.Uid) != os.Geteuid():
		return "its owner, another user", "keep the data below folders of your own"
	// A group of the owner's alone has the owner's number on most systems.
	case ok && mode.Perm()&0o020 != 0 && st.Gid != 0 && st.Gid != st.Uid:
		return "its group", "chmod g-w"
	}
	return "", ""
}
