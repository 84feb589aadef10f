package server

import (
	"context"
	"errors"

	"github.com/apscloud/apsid/internal/idp"
)

// installedIssuer is the name under which a node records its issuer at the first start.
const installedIssuer = "issuer"

var (
	otherIssuer = fault{Fail, "the database belongs to the issuer %s, and not to %s", "set --issuer (APSID_ISSUER) to that of the database, or name another database"}
	badIssuer   = fault{Fail, "it cannot be read: %s", "let the role read the table installation"}
)

// examineStoredIssuer compares the issuer with that of the first start. Before it there is none.
func examineStoredIssuer(ctx context.Context, x *examined) []Finding {
	stored, err := storedIssuer(ctx, x)
	switch issuer := x.node.Issuer().String(); {
	case errors.Is(err, idp.ErrNotFound):
		return nil
	case err != nil:
		return []Finding{badIssuer.found(reason(err))}
	case stored != issuer:
		return []Finding{otherIssuer.found(stored, issuer)}
	default:
		return nil
	}
}

func storedIssuer(ctx context.Context, x *examined) (stored string, err error) {
	sealer, err := passingSealer()
	if err != nil {
		return "", err
	}
	store, err := openSQL(ctx, x.node.Places().SQL, sealer)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return store.FindInstalled(ctx, installedIssuer)
}
