package manage

import "github.com/apscloud/apsid/internal/web"

// orProblem returns either what a form says about the error, or an error that the page can't handle.
func orProblem(err error) (web.Problem, error) {
	p, ok := web.ProblemOf(err)
	if !ok {
		return web.NoProblem(), err
	}
	return p, nil
}
