package directory

import "errors"

var errPending = errors.New("directory: not built yet")
