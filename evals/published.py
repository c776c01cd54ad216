"""What the paper and others published about the method. Theirs, not ours; nothing here is measured by this project."""

PUBLISHED = {
    "WebArena, Gemini 2.5 Flash: success with memory minus without": "+8.3 points",
    "SWE-bench Verified, Gemini 2.5 Flash: the same": "+4.6 points, about 3 steps fewer",
    "WebArena, Gemini 2.5 Flash: memory-aware scaling, on top": "about +3 points",
    "WebArena-Shopping: success with 1, 2, 3, 4 experiences recalled": "49.7, 46.0, 45.5, 44.4 %",
    "their judge: verdicts that agree with the benchmark": "72.7 %",
    "WebArena-Shopping, as a user reports it (their repository, issue 11)": "50.05 % without memory, 45.99 % with it",
}
