package redisstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// commands are all that this package sends, with arguments that a permission is asked for, KEY for a key. Nothing of it is carried out.
func commands() []string {
	return []string{
		"PING", "EVALSHA 0 0", "GET KEY", "SET KEY v PX 1 NX", "DEL KEY", "EXISTS KEY", "PEXPIRE KEY 1", "TIME",
		"HGET KEY f", "HSET KEY f 1", "HDEL KEY f", "HMGET KEY f", "HGETALL KEY", "HKEYS KEY", "HEXISTS KEY f", "HINCRBY KEY f 1",
		"PUBLISH " + newsChannel + " w", "SUBSCRIBE " + newsChannel,
	}
}

// scratch is the key that permissions are asked for; nothing is ever there.
const scratch = prefix + "doctor"

// askPermission answers with the numbers of the commands that the user may not give. A server asks the same question before it carries
// a command out; this only asks.
const askPermission = `
local refused = {}
for i, command in ipairs(ARGV) do
  local words = {}
  for word in string.gmatch(command, '%S+') do
    if word == 'KEY' then word = KEYS[1] end
    table.insert(words, word)
  end
  if not redis.acl_check_cmd(unpack(words)) then table.insert(refused, i) end
end
return refused`

// lacks lists what a node needs and the user may not do. Servers before 7 can't say.
func (s *Store) lacks(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	all := commands()
	arguments := make([]any, len(all))
	for i, command := range all {
		arguments[i] = command
	}
	numbers, err := s.client.Eval(ctx, askPermission, []string{scratch}, arguments...).Int64Slice()
	switch {
	case redis.IsPermissionError(err): // or not with our keys
		return []string{"EVAL"}, nil
	case err != nil && strings.Contains(err.Error(), "acl_check_cmd"):
		return nil, nil
	case err != nil:
		return nil, translate(err)
	}
	var lacks []string
	for _, n := range numbers {
		if n < 1 || n > int64(len(all)) {
			return nil, unexpected(n)
		}
		name, rest, _ := strings.Cut(all[n-1], " ")
		if strings.HasPrefix(rest, newsChannel) {
			name += fmt.Sprintf(" (channel %s)", newsChannel)
		}
		lacks = append(lacks, name)
	}
	return lacks, nil
}
