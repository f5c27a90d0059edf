-- The contract with analysts. Columns may be added at a view's end, never renamed or removed.
-- Every instant is UTC; NULL means "not told" or "not yet", never 0.

CREATE VIEW post_log AS
SELECT
    p.id AS post_id,                              -- this post's number, the same in every view
    c.name AS campaign,                           -- the campaign's name
    t.name AS thread,                             -- the thread's id in its campaign
    a.name AS account,                            -- the account's name in the campaign file
    p.network AS network,                         -- the platform, x also in a dry run
    p.mode AS mode,                               -- live, dry (to the outbox) or simulated
    p.k AS k,                                     -- the post's number in its thread, from 1
    t.n AS n,                                     -- how many posts its thread has
    p.text AS text,                               -- exactly what is or will be published
    p.state AS state,                             -- waiting, queued, sending, sent, unknown, held, failed, cancelled
    CASE WHEN p.detail IS NULL THEN p.why ELSE p.why || ': ' || p.detail END AS why,  -- why held, failed or cancelled
    p.due_at AS due_at,                           -- when it may next be tried, or was to be
    p.sent_at AS sent_at,                         -- when it went out
    p.sent_at_local AS sent_at_local,             -- the same as wall time in the campaign's zone
    p.remote_id AS remote_id,                     -- the network's id; text, since it outgrows a spreadsheet's numbers
    p.parent_remote_id AS parent_remote_id,       -- the post that it replies to
    p.url AS url,                                 -- where it can be read
    t.hook AS hook,                               -- which of the alternative first posts the thread has, from 1; NULL: it has none
    p.cost / 1000000.0 AS cost_usd,               -- what creating it costs, in US dollars; NULL: not known
    p.deleted_at AS deleted_at                    -- when a person had it deleted on the network; NULL: it was not
FROM post p
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = p.campaign_id
JOIN account a ON a.id = p.account_id;

CREATE VIEW thread_status AS
SELECT
    c.name AS campaign,                           -- the campaign's name
    t.name AS thread,                             -- the thread's id in its campaign
    a.name AS account,                            -- the account's name
    t.mode AS mode,                               -- live, dry or simulated
    CASE
        WHEN SUM(CASE WHEN p.state = 'held' THEN 1 ELSE 0 END) > 0 THEN 'held'
        WHEN SUM(CASE WHEN p.state = 'failed' THEN 1 ELSE 0 END) > 0 THEN 'failed'
        WHEN SUM(CASE WHEN p.state = 'unknown' THEN 1 ELSE 0 END) > 0 THEN 'unknown'
        WHEN SUM(CASE WHEN p.state = 'sending' THEN 1 ELSE 0 END) > 0 THEN 'sending'
        WHEN SUM(CASE WHEN p.state = 'sent' THEN 1 ELSE 0 END) = t.n THEN 'sent'
        WHEN SUM(CASE WHEN p.state = 'cancelled' THEN 1 ELSE 0 END) > 0 THEN 'cancelled'
        WHEN SUM(CASE WHEN p.state = 'sent' THEN 1 ELSE 0 END) > 0 THEN 'begun'
        ELSE 'queued'
    END AS state,                                 -- the first that holds: held, failed, unknown, sending, sent (all), cancelled, begun, queued
    t.n AS n,                                     -- how many posts the thread has
    SUM(CASE WHEN p.state = 'sent' THEN 1 ELSE 0 END) AS sent,  -- how many are out
    MIN(CASE WHEN p.state IN ('queued', 'waiting', 'unknown') THEN p.due_at END) AS next_due_at,  -- when the next is due; NULL: none
    t.hook AS hook,                               -- which of the alternative first posts the thread has, from 1; NULL: it has none
    t.reply_to AS reply_to                        -- the remote id that the thread's first post answers; NULL: none
FROM thread t
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = t.account_id
JOIN post p ON p.thread_id = t.id
WHERE t.current = 1
GROUP BY t.id, c.name, t.name, a.name, t.mode, t.n, t.hook, t.reply_to;

CREATE VIEW engagement_latest AS
SELECT
    p.id AS post_id,                              -- this post's number, the same in every view
    c.name AS campaign,                           -- the campaign's name
    t.name AS thread,                             -- the thread's id in its campaign
    a.name AS account,                            -- the account's name
    p.mode AS mode,                               -- live or simulated (simulated numbers are made up)
    p.k AS k,                                     -- the post's number in its thread
    l.taken_at AS taken_at,                       -- when the newest reading was taken
    l.age_seconds AS age_seconds,                 -- the post's age at that reading
    l.likes AS likes,                             -- NULL: the network did not tell
    l.reposts AS reposts,                         -- NULL: the network did not tell
    l.replies AS replies,                         -- NULL: the network did not tell
    l.quotes AS quotes,                           -- NULL: the network did not tell
    l.bookmarks AS bookmarks,                     -- NULL: the network did not tell
    l.impressions AS impressions,                 -- NULL: the network did not tell
    l.gone_at AS gone_at,                         -- when the network first said that the post no longer exists; NULL: it did not
    t.hook AS hook                                -- which of the alternative first posts the thread has, from 1; NULL: it has none
FROM latest l
JOIN post p ON p.id = l.post_id
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = p.campaign_id
JOIN account a ON a.id = p.account_id;

CREATE VIEW campaign_summary AS
SELECT
    c.name AS campaign,                           -- the campaign's name
    p.mode AS mode,                               -- live, dry or simulated
    COUNT(DISTINCT t.id) AS threads,              -- threads as last approved
    COUNT(p.id) AS posts,                         -- their posts
    SUM(CASE WHEN p.state = 'sent' THEN 1 ELSE 0 END) AS sent,            -- posts that are out
    SUM(CASE WHEN p.state = 'held' THEN 1 ELSE 0 END) AS held,            -- posts that wait for a person
    SUM(CASE WHEN p.state = 'failed' THEN 1 ELSE 0 END) AS failed,        -- posts that the network refused
    SUM(CASE WHEN p.state = 'cancelled' THEN 1 ELSE 0 END) AS cancelled,  -- posts that nobody wants any more
    SUM(l.likes) AS likes,                        -- of the posts with a reading; NULL: none was told
    SUM(l.reposts) AS reposts,                    -- of the posts with a reading; NULL: none was told
    SUM(l.replies) AS replies,                    -- of the posts with a reading; NULL: none was told
    SUM(l.impressions) AS impressions             -- of the posts with a reading; NULL: none was told
FROM thread t
JOIN campaign c ON c.id = t.campaign_id
JOIN post p ON p.thread_id = t.id
LEFT JOIN latest l ON l.post_id = p.id
WHERE t.current = 1
GROUP BY c.id, c.name, p.mode;

CREATE VIEW engagement_readings AS
SELECT
    p.id AS post_id,                              -- this post's number, the same in every view
    c.name AS campaign,                           -- the campaign's name
    t.name AS thread,                             -- the thread's id in its campaign
    a.name AS account,                            -- the account's name
    p.network AS network,                         -- the platform
    p.mode AS mode,                               -- live or simulated (simulated numbers are made up)
    p.k AS k,                                     -- the post's number in its thread
    s.taken_at AS taken_unix,                     -- when the reading was taken, in seconds since 1970-01-01 UTC
    s.age_mark AS age_mark,                       -- the age in seconds that it counts for; NULL: not taken in time for one
    s.likes AS likes,                             -- NULL: the network did not tell
    s.reposts AS reposts,                         -- NULL: the network did not tell
    s.replies AS replies,                         -- NULL: the network did not tell
    s.quotes AS quotes,                           -- NULL: the network did not tell
    s.bookmarks AS bookmarks,                     -- NULL: the network did not tell
    s.impressions AS impressions,                 -- NULL: the network did not tell
    t.hook AS hook                                -- which of the alternative first posts the thread has, from 1; NULL: it has none
FROM snapshot s
JOIN post p ON p.id = s.post_id
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id;
