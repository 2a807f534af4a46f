import Foundation
import TestSupport
import Testing

@testable import Runtime
@testable import Theme

/// `emenet evaluate` as a user runs it.
@Suite struct EvaluateCommandTests {
  private let folder = ScratchFolder()

  /// Scores by part and name; those that are null are left out.
  private func scores(_ words: [String]) throws -> (Program.Outcome, [String: [String: Double]]) {
    let outcome = try Program.run(["evaluate", "--json", "-"] + words)
    guard !outcome.output.isEmpty else { return (outcome, [:]) }
    let parts = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    return (
      outcome,
      parts.compactMapValues { $0 as? [String: Any] }.mapValues { part in
        part.compactMapValues { $0 as? Double }
      }
    )
  }

  private func expectNear(
    _ found: [String: [String: Double]], _ expected: [String: [String: Double]],
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(Set(found.keys) == Set(expected.keys), sourceLocation: location)
    for (part, values) in expected {
      for (name, value) in values {
        let difference = abs((found[part]?[name] ?? .nan) - value)
        #expect(difference < 1e-6, "\(part) \(name): \(difference)", sourceLocation: location)
      }
    }
  }

  /// Random predictions, probabilities and labels, some of them missing; all scores are compared
  /// with scikit-learn and numpy.
  @Test(
    .enabled(if: Python.hasScikitLearn, "needs a Python with scikit-learn, see EMENET_PYTHON"),
    arguments: [1, 2, 3])
  func equalsScikitLearn(seed: Int) throws {
    let printed = try Python.run(Self.makeAndScore, ["\(seed)", folder.path])
    let expected = try JSONDecoder().decode(
      [String: [String: Double]].self, from: Data(printed.utf8))
    let words = ["--predictions", folder.file("preds"), "--labels", folder.file("labels")]
    let (outcome, found) = try scores(words)
    #expect(outcome.exitCode == 0 && outcome.errors == "")
    #expect(expected.count == 5 && expected.values.allSatisfy { $0.count >= 4 })
    expectNear(found, expected)

    let plot = folder.file("plot.svg")
    let table = try Program.run(["evaluate", "--plot", plot] + words)
    #expect(table.exitCode == 0)
    for part in expected.keys { #expect(table.output.contains(part.replacing("_", with: " "))) }
    #expect(try String(contentsOfFile: plot, encoding: .utf8).contains("</svg>"))
  }

  private static let makeAndScore = """
    import json, os, sys
    import numpy as np
    from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score
    rng = np.random.default_rng(int(sys.argv[1])); root = sys.argv[2]
    names = ['Neutral', 'Anger', 'Disgust', 'Fear', 'Happiness', 'Sadness', 'Surprise']
    units = ['AU%d' % k for k in (1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26)]
    def write(path, header, rows):
      os.makedirs(os.path.dirname(root + '/' + path), exist_ok=True)
      with open(root + '/' + path, 'w') as file:
        file.write('\\n'.join([header] + rows) + '\\n')
    E, A, V = [], [], []
    for clip, n in [('one', 150), ('two_left', 64), ('two_right', 1)]:
      p = np.round(rng.dirichlet(np.full(7, .6), n), 6); q = np.round(rng.random((n, 12)), 6)
      u = np.round(rng.random((n, 13, 2)) * [.7, .3], 2)  # many ties
      t = np.array([rng.choice(7, p=r / r.sum()) if rng.random() < .6 else rng.integers(7) for r in p])
      t[rng.random(n) < .1] = -1
      a = (rng.random((n, 12)) < q * .8 + .1).astype(int); a[rng.random((n, 12)) < .1] = -1
      v = np.round(rng.uniform(-1, 1, (n, 2)), 4)
      w = np.round(np.clip(v * [.8, .5] + rng.normal(0, .2, (n, 2)), -1, 1), 3)
      w[rng.random(n) < .1] = -5
      k = p.argmax(1); b = (q > .5).astype(int)
      write(f'preds/merged/EXPR/{clip}.txt', ','.join(names), [str(x) for x in k])
      write(f'preds/merged/AU/{clip}.txt', ','.join(units), [','.join(map(str, r)) for r in b])
      write(f'preds/merged/VA/{clip}.txt', 'valence,arousal', ['%.4f,%.4f' % tuple(r) for r in v])
      write(f'labels/EXPR/{clip}.txt', ','.join(names), [str(x) for x in t])
      write(f'labels/AU/{clip}.txt', ','.join(units), [','.join(map(str, r)) for r in a])
      write(f'labels/VA/{clip}.txt', 'valence,arousal', ['%.3f,%.3f' % tuple(r) for r in w])
      head = ['frame', 'crop'] + names + ['expression_aleatoric', 'expression_epistemic']
      for x in units: head += [x, x + '_aleatoric', x + '_epistemic']
      write(f'preds/merged/uncertainty/{clip}.csv', ','.join(head), [','.join(map(str,
        [i + 1, 'present', *p[i], *u[i, 0]] + [y for m in range(12) for y in (q[i, m], *u[i, m + 1])]))
        for i in range(n)])
      m = t >= 0; E.append((p[m], t[m], u[m, 0]))
      A += [(j, q[i, j], a[i, j], u[i, j + 1]) for i in range(n) for j in range(12) if a[i, j] >= 0]
      m = w[:, 0] >= -1; V.append((v[m], w[m]))
    def calibration(p, t, u):
      k = p.argmax(1); right = k == t; conf = p.max(1); total = u.sum(1); ece = 0
      for lo, hi in zip(np.linspace(0, 1, 16)[:-1], np.linspace(0, 1, 16)[1:]):
        m = (conf > lo) & (conf <= hi)
        if m.any(): ece += m.mean() * abs(right[m].mean() - conf[m].mean())
      picked = np.clip(p[np.arange(len(t)), t], 1e-12, 1)
      out = {'nll': -np.log(picked).mean(), 'ece': ece}
      for name, x in (('aleatoric', u[:, 0]), ('epistemic', u[:, 1]), ('total', total)):
        out['error_auroc_' + name] = roc_auc_score(~right, x)
      order = np.argsort(total, kind='stable')
      for c in range(1, 11):
        kept = max(1, int(np.floor(c / 10 * len(t) + .5)))
        out['risk_at_coverage_%d%%' % (10 * c)] = 1 - right[order[:kept]].mean()
      return out
    p, t, u = (np.concatenate(x) for x in zip(*E)); k = p.argmax(1)
    f = f1_score(t, k, labels=range(7), average=None, zero_division=0); acc = accuracy_score(t, k)
    out = {'expression': {'frames': len(t), 'macro_f1': f.mean(), 'accuracy': acc,
      'score': .67 * f.mean() + .33 * acc, **{'f1_' + n: x for n, x in zip(names, f)}},
      'expression_calibration': calibration(p, t, u)}
    A.sort(key=lambda x: x[0])
    j, q, a, u = (np.array(x) for x in zip(*A)); b = (q > .5).astype(int)
    f = np.array([f1_score(a[j == m], b[j == m], zero_division=0) for m in range(12)])
    acc = accuracy_score(a, b)
    out['action_units'] = {'labels': len(a), 'mean_f1': f.mean(), 'accuracy': acc,
      'score': (f.mean() + acc) / 2, **{'f1_' + n: x for n, x in zip(units, f)}}
    out['action_units_calibration'] = calibration(np.stack([1 - q, q], 1), a, u)
    v, w = (np.concatenate(x) for x in zip(*V))
    def ccc(x, y):
      return 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    c = [ccc(v[:, i], w[:, i]) for i in range(2)]
    out['valence_arousal'] = {'frames': len(v), 'valence_ccc': c[0], 'arousal_ccc': c[1],
      'mean_ccc': np.mean(c)}
    print(json.dumps({x: {y: float(z) for y, z in s.items()} for x, s in out.items()}))
    """

  /// The network on crops with labels and votes; scores are computed from the probabilities that
  /// `emenet image` gives for the same crops.
  @Test(.enabled(if: Python.hasScikitLearn, "needs a Python with scikit-learn, see EMENET_PYTHON"))
  func scoresCrops() throws {
    let files = (0..<40).map { folder.file("\($0).png") }
    for (number, path) in files.enumerated() {
      try PNGFile.write(.pattern(7 * number), to: OutputFile(path: path, force: false))
    }
    let labels = folder.file("labels.csv")
    let header = "path,expression,valence,arousal,vote_Neutral,vote_Anger,vote_Disgust,vote_Fear,"
    let rows = files.indices.map { number in
      // A name, a number or no label; every fifth row has no votes.
      let label = number % 4 == 0 ? "Fear" : number % 9 == 0 ? "-1" : "\(number % 7)"
      let axis = Double(number) / 40
      let votes = (0..<7).map { number % 5 == 0 ? "0" : "\((number * ($0 + 3)) % 8)" }
      return "\(number).png,\(label),\(axis),\(axis - 0.5)," + votes.joined(separator: ",")
    }
    let text = ([header + "vote_Happiness,vote_Sadness,vote_Surprise"] + rows).joined(
      separator: "\n")
    try text.write(toFile: labels, atomically: true, encoding: .utf8)
    let images = try Program.run(["image", "--cropped", "--json", folder.file("r.jsonl")] + files)
    #expect(images.exitCode == 0)
    let printed = try Python.run(
      """
      import csv, json, sys
      import numpy as np
      from scipy.stats import entropy, spearmanr
      from sklearn.metrics import accuracy_score, f1_score
      names = ['Neutral', 'Anger', 'Disgust', 'Fear', 'Happiness', 'Sadness', 'Surprise']
      faces = [json.loads(l)['faces'][0] for l in open(sys.argv[1])]
      rows = list(csv.DictReader(open(sys.argv[2])))
      p = np.array([[f['expression']['probabilities'][n] for n in names] for f in faces])
      t = np.array([names.index(r['expression']) if r['expression'] in names
        else int(r['expression']) for r in rows])
      k = p.argmax(1); m = t >= 0
      v = np.array([[float(r['vote_' + n]) for n in names] for r in rows]); s = v.sum(1) > 0
      v = v[s] / v[s].sum(1, keepdims=True); q = p[s]
      x = np.array([[f[a]['value'] for a in ('valence', 'arousal')] for f in faces])
      y = np.array([[float(r[a]) for a in ('valence', 'arousal')] for r in rows])
      c = [2 * np.cov(x[:, i], y[:, i], bias=True)[0, 1] /
        (x[:, i].var() + y[:, i].var() + (x[:, i].mean() - y[:, i].mean()) ** 2) for i in range(2)]
      print(json.dumps({'expression': {'frames': int(m.sum()), 'accuracy':
        accuracy_score(t[m], k[m]), 'macro_f1': f1_score(t[m], k[m], labels=range(7),
        average='macro', zero_division=0)},
        'expression_calibration': {'nll': -np.log(p[m][np.arange(m.sum()), t[m]]).mean()},
        'valence_arousal': {'frames': len(x), 'valence_ccc': c[0], 'arousal_ccc': c[1]},
        'votes': {'pictures': int(s.sum()), 'accuracy_of_majority':
        accuracy_score(v.argmax(1), q.argmax(1)), 'kl': np.mean([entropy(a, b) for a, b in zip(v, q)]),
        'entropy_rank_correlation': spearmanr(entropy(q, axis=1), entropy(np.sort(v), axis=1).round(12))[0]}}))
      """, [folder.file("r.jsonl"), labels])
    let expected = try JSONDecoder().decode(
      [String: [String: Double]].self, from: Data(printed.utf8))
    let (outcome, found) = try scores(["--crops", labels])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(Set(found.keys) == Set(expected.keys))
    for (part, values) in expected {
      for (name, value) in values {
        // Records have six digits, and near 0 a logarithm amplifies the last one.
        let difference = abs((found[part]?[name] ?? .nan) - value)
        #expect(difference < 1e-4, "\(part) \(name): \(difference)")
      }
    }
  }

  private func write(_ text: String, _ name: String) throws {
    let path = folder.file(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let header = "valence,arousal\n"
    try write(header + "0.1,0.2\n0.3,0.4\n", "preds/VA/good.txt")
    try write(header + "0.1,0.2\n0.5,0.4\n", "labels/VA/good.txt")
    try write(header + "0.1,0.2\nx,0.4\n0.1,0.1\n", "preds/VA/bad.txt")
    try write(header + "0.1,0.2\n0.3,0.4\n", "labels/VA/bad.txt")
    try write(header + "0.1,0.2\n", "labels/VA/absent.txt")
    let words = ["--predictions", folder.file("preds"), "--labels", folder.file("labels")]
    let (outcome, found) = try scores(words)
    #expect(outcome.exitCode == 1)
    #expect(found["valence_arousal"]?["frames"] == 3)
    #expect(
      outcome.errors == """
        emenet: \(folder.path)/preds/VA/absent.txt: missing, and there are labels for it
        emenet: \(folder.path)/preds/VA/bad.txt: has 3 frames and \(folder.path)/labels/VA/bad.txt 2
        emenet: \(folder.path)/preds/VA/bad.txt: line 3: 'x,0.4', but 2 numbers are expected

        """)
    let plot = try Program.run(["evaluate", "--plot", folder.file("a.png")] + words)
    #expect(plot.exitCode == 2 && plot.errors.contains("no probabilities"))
  }

  @Test func cropsThatDoNotFitAreNamed() throws {
    try PNGFile.write(.pattern(1), to: OutputFile(path: folder.file("a.png"), force: false))
    try write("path,expression\na.png,3\nb.png,1\na.png,9\na.png\n", "labels.csv")
    let (outcome, found) = try scores(["--crops", folder.file("labels.csv"), "--members", "1"])
    #expect(outcome.exitCode == 1 && found["expression"]?["frames"] == 1)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("emenet: \(folder.path)/b.png: "))
    #expect(lines[1].hasSuffix("labels.csv: line 4: '9' is not an expression"))
    #expect(lines[2].hasSuffix("labels.csv: line 5 has 1 columns, the first has 2"))
  }

  @Test func exitCodes() throws {
    try write("path,label\n", "labels.csv")
    try write("path,expression,valence\n", "half.csv")
    try write("EXPR\n", "preds/EXPR/a.txt")
    try write("EXPR\n", "labels/EXPR/a.txt")
    let (preds, labels) = (folder.file("preds"), folder.file("labels"))
    let cases: [([String], Int32, String)] = [
      ([], 64, "--predictions"), (["--predictions", preds], 64, "--labels"),
      (["--predictions", preds, "--labels", labels, "--plot", "a.gif"], 64, "a.gif"),
      (["--crops", "a.csv", "--labels", labels], 64, "--labels"),
      (["--predictions", "/nonexistent", "--labels", labels], 2, "/nonexistent"),
      (["--predictions", preds, "--labels", "/nonexistent"], 2, "/nonexistent"),
      (["--predictions", preds, "--labels", folder.path], 2, "EXPR"),
      (["--predictions", preds, "--labels", labels], 2, "no frame"),
      (["--crops", folder.file("absent.csv")], 2, "absent.csv"),
      (["--crops", folder.file("labels.csv")], 2, "path and expression"),
      (["--crops", folder.file("half.csv")], 2, "arousal"),
      (["--crops", folder.file("half.csv"), "--checkpoint", "/nonexistent"], 4, "/nonexistent"),
    ]
    for (words, code, word) in cases {
      let outcome = try Program.run(["evaluate"] + words)
      #expect(outcome.exitCode == code, "\(words): \(outcome.errors)")
      #expect(outcome.errors.hasPrefix("emenet: ") && outcome.errors.contains(word), "\(words)")
    }
  }
}
