package rp_test

import (
	"testing"

	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

func TestMemoryStore(t *testing.T) {
	store := rp.NewMemoryStore()
	rptest.TestStore(t, func(*testing.T) rp.Store { return store })
}
