-- The contract with analysts. Columns may be added at a view's end, never renamed or removed.
-- Every instant is UTC; NULL means "not told" or "not yet", never 0.
-- Written once for both engines; five words are written out for each when the views are made (store/schema.py):
-- UNIX(instant) seconds since 1970, INSTANT(seconds), DAY(instant), WEEKDAY(wall time), NOT_TOLD(flags of port.Untold).

-- A post, whatever became of it.
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
    p.cost / CAST(1000000 AS DOUBLE PRECISION) AS cost_usd,               -- what creating it costs, in US dollars; NULL: not known
    p.deleted_at AS deleted_at,  -- when a person had it deleted on the network; NULL: it was not
    t.origin AS template,  -- the template or text file that the thread was composed from
    t.reply_to AS reply_to  -- the remote id that the thread's first post answers; NULL: none, it is no correction
FROM post p
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id;

-- A thread as it was last approved.
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
    t.reply_to AS reply_to,  -- the remote id that the thread's first post answers; NULL: none
    t.network AS network,  -- the platform, x also in a dry run
    t.origin AS template  -- the template or text file that the thread was composed from
FROM thread t
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = t.account_id
JOIN post p ON p.thread_id = t.id
WHERE t.current = 1
GROUP BY t.id, c.name, t.name, a.name, t.mode, t.n, t.hook, t.reply_to, t.network, t.origin;

-- A post with its newest reading.
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
    t.hook AS hook,  -- which of the alternative first posts the thread has, from 1; NULL: it has none
    p.network AS network,  -- the platform
    p.text AS text,  -- exactly what was published
    p.url AS url,  -- where it can be read
    p.sent_at AS sent_at,  -- when it went out
    p.sent_at_local AS sent_at_local,  -- the same as wall time in the campaign's zone
    l.link_clicks AS link_clicks,  -- clicks on its links; NULL: not told
    l.profile_clicks AS profile_clicks,  -- clicks on the account's name; NULL: not told
    l.engagements AS engagements,  -- engagements by the network's own rule, clicks among them; NULL: not told
    l.likes + l.reposts + l.replies + l.quotes + l.bookmarks AS interactions,  -- likes, reposts, replies, quotes and bookmarks together; NULL: not all were told
    CAST(l.likes + l.reposts + l.replies + l.quotes + l.bookmarks AS DOUBLE PRECISION) / NULLIF(l.impressions, 0) AS rate,  -- interactions per impression; NULL: not told, or nobody saw it
    NOT_TOLD(l.untold) AS not_told,  -- why counts of this reading are NULL; NULL: all were told
    t.origin AS template,  -- the template or text file that the thread was composed from
    t.reply_to AS reply_to  -- the remote id that the thread's first post answers; NULL: none, it is no correction
FROM latest l
JOIN post p ON p.id = l.post_id
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id;

-- A campaign in one mode.
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
    SUM(l.impressions) AS impressions,  -- of the posts with a reading; NULL: none was told
    SUM(l.quotes) AS quotes,  -- of the posts with a reading; NULL: none was told
    SUM(l.bookmarks) AS bookmarks,  -- of the posts with a reading; NULL: none was told
    SUM(l.link_clicks) AS link_clicks,  -- of the posts with a reading; NULL: none was told
    COUNT(l.impressions) AS told,  -- of how many posts the newest reading tells impressions
    COUNT(l.gone_at) AS gone,  -- posts that no longer exist on the network
    SUM(CASE WHEN p.state = 'sent' THEN p.cost END) / CAST(1000000 AS DOUBLE PRECISION) AS cost_usd  -- what creating the posts that are out cost, in US dollars; NULL: not known
FROM thread t
JOIN campaign c ON c.id = t.campaign_id
JOIN post p ON p.thread_id = t.id
LEFT JOIN latest l ON l.post_id = p.id
WHERE t.current = 1
GROUP BY c.id, c.name, p.mode;

-- One reading of one post, in time for an age mark or not, and the counts of imported files.
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
    t.hook AS hook,  -- which of the alternative first posts the thread has, from 1; NULL: it has none
    p.text AS text,  -- exactly what was published
    p.url AS url,  -- where it can be read
    p.sent_at AS sent_at,  -- when it went out
    p.sent_at_local AS sent_at_local,  -- the same as wall time in the campaign's zone
    INSTANT(s.taken_at) AS taken_at,  -- when the reading was taken
    CASE WHEN s.taken_at > UNIX(p.sent_at) THEN s.taken_at - UNIX(p.sent_at) ELSE 0 END AS age_seconds,  -- the post's age at the reading
    s.link_clicks AS link_clicks,  -- clicks on its links; NULL: not told
    s.profile_clicks AS profile_clicks,  -- clicks on the account's name; NULL: not told
    s.engagements AS engagements,  -- engagements by the network's own rule, clicks among them; NULL: not told
    s.likes + s.reposts + s.replies + s.quotes + s.bookmarks AS interactions,  -- likes, reposts, replies, quotes and bookmarks together; NULL: not all were told
    CAST(s.likes + s.reposts + s.replies + s.quotes + s.bookmarks AS DOUBLE PRECISION) / NULLIF(s.impressions, 0) AS rate,  -- interactions per impression; NULL: not told, or nobody saw it
    NOT_TOLD(s.untold) AS not_told,  -- why counts of this reading are NULL; NULL: all were told
    CAST('network' AS TEXT) AS origin,  -- network: it told us itself; else the file that was imported
    t.origin AS template,  -- the template or text file that the thread was composed from
    t.reply_to AS reply_to  -- the remote id that the thread's first post answers; NULL: none, it is no correction
FROM snapshot s
JOIN post p ON p.id = s.post_id
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id
UNION ALL
SELECT
    p.id, c.name, t.name, a.name, p.network, p.mode, p.k, s.taken_at, CAST(NULL AS INTEGER), s.likes, s.reposts,
    s.replies, s.quotes, s.bookmarks, s.impressions, t.hook, p.text, p.url, p.sent_at, p.sent_at_local,
    INSTANT(s.taken_at), CASE WHEN s.taken_at > UNIX(p.sent_at) THEN s.taken_at - UNIX(p.sent_at) ELSE 0 END,
    s.link_clicks, s.profile_clicks, s.engagements, s.likes + s.reposts + s.replies + s.quotes + s.bookmarks,
    CAST(s.likes + s.reposts + s.replies + s.quotes + s.bookmarks AS DOUBLE PRECISION) / NULLIF(s.impressions, 0),
    NOT_TOLD(s.untold), i.name, t.origin, t.reply_to
FROM outside s
JOIN import i ON i.id = s.import_id
JOIN post p ON p.id = s.post_id
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id;

-- A reading that counts for an age mark: compare posts here, at one mark.
CREATE VIEW engagement_at_age AS
SELECT
    p.id AS post_id,  -- this post's number, the same in every view
    c.name AS campaign,  -- the campaign's name
    t.name AS thread,  -- the thread's id in its campaign
    a.name AS account,  -- the account's name
    p.network AS network,  -- the platform
    p.mode AS mode,  -- live or simulated (simulated numbers are made up)
    p.k AS k,  -- the post's number in its thread, from 1
    p.text AS text,  -- exactly what was published
    p.url AS url,  -- where it can be read
    p.sent_at AS sent_at,  -- when it went out
    p.sent_at_local AS sent_at_local,  -- the same as wall time in the campaign's zone
    s.age_mark AS age_mark,  -- the age in seconds that the reading counts for
    INSTANT(s.taken_at) AS taken_at,  -- when the reading was taken
    s.likes AS likes,  -- NULL: the network did not tell
    s.reposts AS reposts,  -- NULL: the network did not tell
    s.replies AS replies,  -- NULL: the network did not tell
    s.quotes AS quotes,  -- NULL: the network did not tell
    s.bookmarks AS bookmarks,  -- NULL: the network did not tell
    s.impressions AS impressions,  -- NULL: the network did not tell
    s.link_clicks AS link_clicks,  -- clicks on its links; NULL: not told
    s.profile_clicks AS profile_clicks,  -- clicks on the account's name; NULL: not told
    s.engagements AS engagements,  -- engagements by the network's own rule, clicks among them; NULL: not told
    s.likes + s.reposts + s.replies + s.quotes + s.bookmarks AS interactions,  -- likes, reposts, replies, quotes and bookmarks together; NULL: not all were told
    CAST(s.likes + s.reposts + s.replies + s.quotes + s.bookmarks AS DOUBLE PRECISION) / NULLIF(s.impressions, 0) AS rate,  -- interactions per impression; NULL: not told, or nobody saw it
    NOT_TOLD(s.untold) AS not_told,  -- why counts of this reading are NULL; NULL: all were told
    t.hook AS hook,  -- which of the alternative first posts the thread has, from 1; NULL: it has none
    t.origin AS template,  -- the template or text file that the thread was composed from
    t.reply_to AS reply_to  -- the remote id that the thread's first post answers; NULL: none, it is no correction
FROM snapshot s
JOIN post p ON p.id = s.post_id
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id
WHERE s.age_mark IS NOT NULL;

-- A reading, and what was gained since the post's reading before. Nothing is interpolated.
CREATE VIEW engagement_growth AS
SELECT
    p.id AS post_id,  -- this post's number, the same in every view
    c.name AS campaign,  -- the campaign's name
    t.name AS thread,  -- the thread's id in its campaign
    a.name AS account,  -- the account's name
    p.network AS network,  -- the platform
    p.mode AS mode,  -- live or simulated (simulated numbers are made up)
    p.k AS k,  -- the post's number in its thread, from 1
    p.text AS text,  -- exactly what was published
    p.url AS url,  -- where it can be read
    p.sent_at AS sent_at,  -- when it went out
    p.sent_at_local AS sent_at_local,  -- the same as wall time in the campaign's zone
    INSTANT(s.taken_at) AS taken_at,  -- when the reading was taken
    CASE WHEN s.taken_at > UNIX(p.sent_at) THEN s.taken_at - UNIX(p.sent_at) ELSE 0 END AS age_seconds,  -- the post's age at the reading
    s.age_mark AS age_mark,  -- the age in seconds that it counts for; NULL: not taken in time for one
    s.impressions AS impressions,  -- NULL: the network did not tell
    s.likes + s.reposts + s.replies + s.quotes + s.bookmarks AS interactions,  -- likes, reposts, replies, quotes and bookmarks together; NULL: not all were told
    s.taken_at - LAG(s.taken_at) OVER (PARTITION BY c.name, t.name, a.name, p.mode, p.id ORDER BY s.taken_at) AS seconds_gained,  -- seconds since the reading before; NULL: this is the first
    s.impressions - LAG(s.impressions) OVER (PARTITION BY c.name, t.name, a.name, p.mode, p.id ORDER BY s.taken_at) AS impressions_gained,  -- since the reading before; below 0 where the network took counts back; NULL: first, or not told in both
    s.likes + s.reposts + s.replies + s.quotes + s.bookmarks - LAG(s.likes + s.reposts + s.replies + s.quotes + s.bookmarks) OVER (PARTITION BY c.name, t.name, a.name, p.mode, p.id ORDER BY s.taken_at) AS interactions_gained  -- since the reading before; NULL: first, or not told in both
FROM snapshot s
JOIN post p ON p.id = s.post_id
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id;

-- A post that is out: its impressions as a share of those of its thread's first post, both at the same age.
CREATE VIEW thread_retention AS
SELECT
    c.name AS campaign,  -- the campaign's name
    t.name AS thread,  -- the thread's id in its campaign
    a.name AS account,  -- the account's name
    p.network AS network,  -- the platform
    p.mode AS mode,  -- live or simulated (simulated numbers are made up)
    p.k AS k,  -- the post's number in its thread, from 1
    s.impressions AS impressions,  -- at the age mark; NULL: no mark at which it and post 1 were both told
    CAST(s.impressions AS DOUBLE PRECISION) / NULLIF(b.impressions, 0) AS retention,  -- its impressions as a share of post 1's at that mark; NULL: not told, or nobody saw post 1
    s.age_mark AS age_mark,  -- the greatest age mark at which both were told, in seconds
    p.id AS post_id,  -- this post's number, the same in every view
    p.text AS text,  -- exactly what was published
    p.url AS url,  -- where it can be read
    p.sent_at AS sent_at,  -- when it went out
    p.sent_at_local AS sent_at_local,  -- the same as wall time in the campaign's zone
    t.hook AS hook,  -- which of the alternative first posts the thread has, from 1; NULL: it has none
    t.origin AS template,  -- the template or text file that the thread was composed from
    t.reply_to AS reply_to  -- the remote id that the thread's first post answers; NULL: none, it is no correction
FROM post p
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id
JOIN post r ON r.thread_id = t.id AND r.k = 1
LEFT JOIN snapshot s ON s.post_id = p.id AND s.taken_at = (
    SELECT x.taken_at
    FROM snapshot x
    JOIN snapshot y ON y.post_id = r.id AND y.age_mark = x.age_mark
    WHERE x.post_id = p.id AND x.impressions IS NOT NULL AND y.impressions IS NOT NULL
    ORDER BY x.taken_at DESC
    LIMIT 1
)
LEFT JOIN snapshot b ON b.post_id = r.id AND b.age_mark = s.age_mark
WHERE p.state = 'sent';

-- A thread at one age: the sums of its posts, where every post that is out was told.
CREATE VIEW thread_results AS
SELECT
    g.campaign AS campaign,  -- the campaign's name
    g.thread AS thread,  -- the thread's id in its campaign
    g.account AS account,  -- the account's name
    g.network AS network,  -- the platform
    g.mode AS mode,  -- live or simulated (simulated numbers are made up)
    g.age_mark AS age_mark,  -- the age in seconds at which its posts were read
    g.hook AS hook,  -- which of the alternative first posts the thread has, from 1; NULL: it has none
    g.template AS template,  -- the template or text file that the thread was composed from
    g.reply_to AS reply_to,  -- the remote id that the thread's first post answers; NULL: none, it is no correction
    g.posts AS posts,  -- its posts that are out
    g.told AS told,  -- of how many of them impressions and interactions were told at this age
    CASE WHEN g.told = g.posts THEN g.impressions END AS impressions,  -- of all its posts; NULL: not every post was told
    CASE WHEN g.told = g.posts THEN g.interactions END AS interactions,  -- of all its posts; NULL: not every post was told
    CASE WHEN g.told = g.posts THEN CAST(g.interactions AS DOUBLE PRECISION) / NULLIF(g.impressions, 0) END AS rate,  -- interactions per impression; NULL: not every post was told, or nobody saw it
    CASE WHEN g.clicks_told = g.posts THEN g.link_clicks END AS link_clicks,  -- of all its posts; NULL: not every post was told
    g.sent_at AS sent_at,  -- when its first post went out
    g.sent_at_local AS sent_at_local,  -- the same as wall time in the campaign's zone
    WEEKDAY(g.sent_at_local) AS weekday,  -- the day of that wall time: 1 is Monday, 7 is Sunday
    CAST(SUBSTR(g.sent_at_local, 12, 2) AS INTEGER) AS hour  -- the hour of that wall time, 0 to 23
FROM (
    SELECT c.name AS campaign, t.name AS thread, a.name AS account, t.network AS network, t.mode AS mode, s.age_mark AS age_mark,
        t.hook AS hook, t.origin AS template, t.reply_to AS reply_to, r.sent_at AS sent_at, r.sent_at_local AS sent_at_local,
        (SELECT COUNT(*) FROM post q WHERE q.thread_id = t.id AND q.state = 'sent') AS posts,
        COUNT(s.impressions + s.likes + s.reposts + s.replies + s.quotes + s.bookmarks) AS told, SUM(s.impressions) AS impressions,
        SUM(s.likes + s.reposts + s.replies + s.quotes + s.bookmarks) AS interactions,
        COUNT(s.link_clicks) AS clicks_told, SUM(s.link_clicks) AS link_clicks
    FROM thread t
    JOIN campaign c ON c.id = t.campaign_id
    JOIN account a ON a.id = t.account_id
    JOIN post r ON r.thread_id = t.id AND r.k = 1
    JOIN post p ON p.thread_id = t.id AND p.state = 'sent'
    JOIN snapshot s ON s.post_id = p.id AND s.age_mark IS NOT NULL
    GROUP BY c.name, t.id, t.name, a.name, t.network, t.mode, s.age_mark, t.hook, t.origin, t.reply_to, r.sent_at, r.sent_at_local
) g;

-- The threads of a campaign by their hook, at one age. A thread is one case; `report` says what may be concluded.
CREATE VIEW variant_results AS
SELECT DISTINCT
    t.campaign AS campaign,  -- the campaign's name
    t.network AS network,  -- the platform
    t.mode AS mode,  -- live or simulated (simulated numbers are made up)
    t.age_mark AS age_mark,  -- the age in seconds at which the posts were read
    t.hook AS hook,  -- which of the alternative first posts, from 1
    COUNT(t.rate) OVER w AS threads,  -- threads of which every post was told at this age: the sample; corrections are left out
    COUNT(*) OVER w - COUNT(t.rate) OVER w AS left_out,  -- threads of which not every post was told, or that nobody saw
    SUM(CASE WHEN t.rate IS NOT NULL THEN t.posts END) OVER w AS posts,  -- posts of these threads
    SUM(CASE WHEN t.rate IS NOT NULL THEN t.impressions END) OVER w AS impressions,  -- of these threads; NULL: there is none
    SUM(CASE WHEN t.rate IS NOT NULL THEN t.interactions END) OVER w AS interactions,  -- of these threads; NULL: there is none
    CAST(SUM(CASE WHEN t.rate IS NOT NULL THEN t.interactions END) OVER w AS DOUBLE PRECISION) / SUM(CASE WHEN t.rate IS NOT NULL THEN t.impressions END) OVER w AS rate,  -- interactions per impression over all of them
    AVG(t.rate) OVER w AS thread_rate,  -- the mean of the threads' own rates: each thread counts once
    MIN(t.rate) OVER w AS lowest_rate,  -- of one thread
    MAX(t.rate) OVER w AS highest_rate  -- of one thread
FROM thread_results t
WHERE t.reply_to IS NULL AND t.hook IS NOT NULL
WINDOW w AS (PARTITION BY t.campaign, t.network, t.mode, t.age_mark, t.hook);

-- The threads of a campaign by their template, at one age.
CREATE VIEW template_results AS
SELECT DISTINCT
    t.campaign AS campaign,  -- the campaign's name
    t.network AS network,  -- the platform
    t.mode AS mode,  -- live or simulated (simulated numbers are made up)
    t.age_mark AS age_mark,  -- the age in seconds at which the posts were read
    t.template AS template,  -- the template or text file that the thread was composed from
    COUNT(t.rate) OVER w AS threads,  -- threads of which every post was told at this age: the sample; corrections are left out
    COUNT(*) OVER w - COUNT(t.rate) OVER w AS left_out,  -- threads of which not every post was told, or that nobody saw
    SUM(CASE WHEN t.rate IS NOT NULL THEN t.posts END) OVER w AS posts,  -- posts of these threads
    SUM(CASE WHEN t.rate IS NOT NULL THEN t.impressions END) OVER w AS impressions,  -- of these threads; NULL: there is none
    SUM(CASE WHEN t.rate IS NOT NULL THEN t.interactions END) OVER w AS interactions,  -- of these threads; NULL: there is none
    CAST(SUM(CASE WHEN t.rate IS NOT NULL THEN t.interactions END) OVER w AS DOUBLE PRECISION) / SUM(CASE WHEN t.rate IS NOT NULL THEN t.impressions END) OVER w AS rate,  -- interactions per impression over all of them
    AVG(t.rate) OVER w AS thread_rate,  -- the mean of the threads' own rates: each thread counts once
    MIN(t.rate) OVER w AS lowest_rate,  -- of one thread
    MAX(t.rate) OVER w AS highest_rate  -- of one thread
FROM thread_results t
WHERE t.reply_to IS NULL
WINDOW w AS (PARTITION BY t.campaign, t.network, t.mode, t.age_mark, t.template);

-- The threads of an account by weekday and hour of their start, at one age.
CREATE VIEW slot_results AS
SELECT DISTINCT
    t.campaign AS campaign,  -- the campaign's name
    t.account AS account,  -- the account's name
    t.network AS network,  -- the platform
    t.mode AS mode,  -- live or simulated (simulated numbers are made up)
    t.age_mark AS age_mark,  -- the age in seconds at which the posts were read
    t.weekday AS weekday,  -- of the wall time in the campaign's zone: 1 is Monday, 7 is Sunday
    t.hour AS hour,  -- of that wall time, 0 to 23
    COUNT(t.rate) OVER w AS threads,  -- threads of which every post was told at this age: the sample; corrections are left out
    COUNT(*) OVER w - COUNT(t.rate) OVER w AS left_out,  -- threads of which not every post was told, or that nobody saw
    SUM(CASE WHEN t.rate IS NOT NULL THEN t.posts END) OVER w AS posts,  -- posts of these threads
    SUM(CASE WHEN t.rate IS NOT NULL THEN t.impressions END) OVER w AS impressions,  -- of these threads; NULL: there is none
    SUM(CASE WHEN t.rate IS NOT NULL THEN t.interactions END) OVER w AS interactions,  -- of these threads; NULL: there is none
    CAST(SUM(CASE WHEN t.rate IS NOT NULL THEN t.interactions END) OVER w AS DOUBLE PRECISION) / SUM(CASE WHEN t.rate IS NOT NULL THEN t.impressions END) OVER w AS rate,  -- interactions per impression over all of them
    AVG(t.rate) OVER w AS thread_rate,  -- the mean of the threads' own rates: each thread counts once
    MIN(t.rate) OVER w AS lowest_rate,  -- of one thread
    MAX(t.rate) OVER w AS highest_rate  -- of one thread
FROM thread_results t
WHERE t.reply_to IS NULL
WINDOW w AS (PARTITION BY t.campaign, t.account, t.network, t.mode, t.age_mark, t.weekday, t.hour);

-- The posts of a campaign by hashtag, at one age. A post with two hashtags counts for both.
CREATE VIEW hashtag_results AS
SELECT
    c.name AS campaign,  -- the campaign's name
    p.network AS network,  -- the platform
    p.mode AS mode,  -- live or simulated (simulated numbers are made up)
    s.age_mark AS age_mark,  -- the age in seconds at which the posts were read
    MIN(h.tag) AS hashtag,  -- without #, as it is written; case makes no difference
    COUNT(DISTINCT t.id) AS threads,  -- threads with a post that has it
    COUNT(*) AS posts,  -- posts that have it and were read at this age
    COUNT(s.impressions + s.likes + s.reposts + s.replies + s.quotes + s.bookmarks) AS told,  -- of how many of them impressions and interactions were told
    SUM(CASE WHEN s.impressions IS NOT NULL AND s.likes + s.reposts + s.replies + s.quotes + s.bookmarks IS NOT NULL THEN s.impressions END) AS impressions,  -- of the posts told; NULL: there is none
    SUM(CASE WHEN s.impressions IS NOT NULL AND s.impressions IS NOT NULL THEN s.likes + s.reposts + s.replies + s.quotes + s.bookmarks END) AS interactions,  -- of the posts told; NULL: there is none
    CAST(SUM(CASE WHEN s.impressions IS NOT NULL AND s.impressions IS NOT NULL THEN s.likes + s.reposts + s.replies + s.quotes + s.bookmarks END) AS DOUBLE PRECISION) / NULLIF(SUM(CASE WHEN s.impressions IS NOT NULL AND s.likes + s.reposts + s.replies + s.quotes + s.bookmarks IS NOT NULL THEN s.impressions END), 0) AS rate  -- interactions per impression
FROM snapshot s
JOIN post p ON p.id = s.post_id
JOIN post_tag h ON h.post_id = p.id
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id
WHERE s.age_mark IS NOT NULL
GROUP BY c.name, p.network, p.mode, s.age_mark, h.key;

-- An age mark that passed without a reading of a post, as the collector found it.
CREATE VIEW reading_gaps AS
SELECT
    p.id AS post_id,  -- this post's number, the same in every view
    c.name AS campaign,  -- the campaign's name
    t.name AS thread,  -- the thread's id in its campaign
    a.name AS account,  -- the account's name
    p.network AS network,  -- the platform
    p.mode AS mode,  -- live or simulated (simulated numbers are made up)
    p.k AS k,  -- the post's number in its thread, from 1
    p.text AS text,  -- exactly what was published
    p.url AS url,  -- where it can be read
    p.sent_at AS sent_at,  -- when it went out
    p.sent_at_local AS sent_at_local,  -- the same as wall time in the campaign's zone
    x.age_mark AS age_mark,  -- the age in seconds that was missed
    x.why AS why,  -- why there is no reading
    x.found_at AS found_at  -- when the collector moved past it
FROM gap x
JOIN post p ON p.id = x.post_id
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id;

-- What the readings of one hour added to a campaign's newest known counts: their sum up to an hour is what was known then.
CREATE VIEW engagement_hourly AS
SELECT
    c.name AS campaign,  -- the campaign's name
    h.mode AS mode,  -- live or simulated (simulated numbers are made up)
    INSTANT(h.hour * 3600) AS hour,  -- the hour's beginning
    h.readings AS readings,  -- readings taken in it
    h.gone AS gone,  -- posts first found gone in it
    h.likes AS likes,  -- by how much the newest known counts grew; NULL: not told
    h.reposts AS reposts,  -- by how much the newest known counts grew; NULL: not told
    h.replies AS replies,  -- by how much the newest known counts grew; NULL: not told
    h.quotes AS quotes,  -- by how much the newest known counts grew; NULL: not told
    h.bookmarks AS bookmarks,  -- by how much the newest known counts grew; NULL: not told
    h.impressions AS impressions,  -- by how much the newest known counts grew; NULL: not told
    h.link_clicks AS link_clicks,  -- by how much the newest known counts grew; NULL: not told
    h.profile_clicks AS profile_clicks,  -- by how much the newest known counts grew; NULL: not told
    h.engagements AS engagements  -- by how much the newest known counts grew; NULL: not told
FROM hourly h
JOIN campaign c ON c.id = h.campaign_id;

-- What was spent on one day (UTC): on creating posts, and on reading them. In modes dry and simulated: what it would cost.
CREATE VIEW cost_log AS
SELECT
    DAY(p.sent_at) AS day,  -- the day (UTC) as text: 2026-12-01
    c.name AS campaign,  -- the campaign's name; NULL: of no campaign of ours
    a.name AS account,  -- the account's name
    p.network AS network,  -- the platform
    p.mode AS mode,  -- live, dry or simulated
    'create' AS what,  -- create: publishing posts; read: reading their counts; account: reading the account's followers
    COUNT(*) AS units,  -- posts, or accounts
    SUM(p.cost) / CAST(1000000 AS DOUBLE PRECISION) AS cost_usd  -- in US dollars by the dated price list; NULL: not known
FROM post p
JOIN thread t ON t.id = p.thread_id
JOIN campaign c ON c.id = t.campaign_id
JOIN account a ON a.id = p.account_id
WHERE p.state = 'sent'
GROUP BY DAY(p.sent_at), c.name, a.name, p.network, p.mode
UNION ALL
SELECT r.day, c.name, a.name, a.network, a.mode, r.what, r.units, r.cost / CAST(1000000 AS DOUBLE PRECISION)
FROM reading_cost r
JOIN account a ON a.id = r.account_id
LEFT JOIN campaign c ON c.id = r.campaign_id;

-- How many follow an account, once a day (UTC).
CREATE VIEW account_log AS
SELECT
    a.name AS account,  -- the account's name
    a.network AS network,  -- the platform
    a.mode AS mode,  -- live or simulated (simulated numbers are made up)
    f.day AS day,  -- the day (UTC) as text: 2026-12-01
    f.taken_at AS taken_at,  -- when it was read
    f.followers AS followers  -- NULL: the network did not tell
FROM account_snapshot f
JOIN account a ON a.id = f.account_id;
