package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
)

// An answer is a hash: the request that its name was given to, the claim of the caller that carries it out, and once it was
// carried out, the sealed answer instead of the claim. Names are hashes already, and so are requests.
const (
	claimAnswer = `
local request = redis.call('HGET', KEYS[1], 'request')
if not request then
  redis.call('HSET', KEYS[1], 'request', ARGV[1], 'claim', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {0, ''}
end
if request ~= ARGV[1] then return {2, ''} end
local answer = redis.call('HGET', KEYS[1], 'answer')
if not answer then return {3, ''} end
return {1, answer}`

	finishAnswer = `
if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'claim')
redis.call('HSET', KEYS[1], 'answer', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

	releaseAnswer = `
if redis.call('HGET', KEYS[1], 'claim') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`
)

// The verdicts of claimAnswer.
const (
	answerClaimed  = 0
	answerFound    = 1
	answerOther    = 2 // the name was given to another request
	answerUnderway = 3
)

// Answers remembers what was answered to a request, so that one that is repeated is carried out once; it is an
// adminapi.Answers.
type Answers struct {
	store                  *Store
	claim, finish, release *redis.Script
}

// Answers returns the remembered answers.
func (s *Store) Answers() *Answers {
	return &Answers{
		store: s, claim: redis.NewScript(claimAnswer), finish: redis.NewScript(finishAnswer), release: redis.NewScript(releaseAnswer),
	}
}

// Claim gives the name to one caller for hold at most; later ones get the answer. idp.ErrConflict while the request is being
// carried out; idp.ErrInvalid for another request than the one the name was given to.
func (a *Answers) Claim(ctx context.Context, name, request, claim string, hold time.Duration) ([]byte, error) {
	live, err := milliseconds(hold)
	if err != nil {
		return nil, err
	}
	result, err := a.store.run(ctx, a.claim, a.store.answerKeys(name), request, claim, live)
	if err != nil {
		return nil, err
	}
	pair, ok := result.([]any)
	if !ok || len(pair) != 2 {
		return nil, unexpected(result)
	}
	sealed, isText := pair[1].(string)
	verdict, isNumber := pair[0].(int64)
	if !isText || !isNumber {
		return nil, unexpected(result)
	}
	switch verdict {
	case answerClaimed:
		return nil, nil
	case answerFound:
		var answer []byte
		err := a.store.open([]byte(sealed), answerPlace(name), &answer)
		return answer, err
	case answerOther:
		return nil, idp.Wrap(idp.CodeInvalid, errors.New("the name was given to another request"))
	case answerUnderway:
		return nil, idp.Wrap(idp.CodeConflict, errors.New("the request is being carried out"))
	default:
		return nil, unexpected(result)
	}
}

// Finish keeps the answer for keep; idp.ErrConflict if the claim is not held any more.
func (a *Answers) Finish(ctx context.Context, name, claim string, answer []byte, keep time.Duration) error {
	live, err := milliseconds(keep)
	if err != nil {
		return err
	}
	sealed, err := a.store.seal(answer, answerPlace(name))
	if err != nil {
		return err
	}
	kept, err := a.store.runInt(ctx, a.finish, a.store.answerKeys(name), claim, sealed, live)
	if err != nil {
		return err
	}
	if kept == 0 {
		return idp.Wrap(idp.CodeConflict, errors.New("the claim is not held any more"))
	}
	return nil
}

// Release gives the name back; a claim that is not held is no error.
func (a *Answers) Release(ctx context.Context, name, claim string) error {
	_, err := a.store.runInt(ctx, a.release, a.store.answerKeys(name), claim)
	return err
}

func (s *Store) answerKeys(name string) []string { return []string{s.granted("answer:", name)} }
func answerPlace(name string) string             { return "answer/" + name }
