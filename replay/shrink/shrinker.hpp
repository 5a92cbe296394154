#pragma once

#include "replay/bundle/bundle_draft.hpp"
#include "replay/shrink/shrink_oracle.hpp"
#include "replay/shrink/shrink_step.hpp"

#include <functional>
#include <string>
#include <vector>

namespace parallax::replay {

/// A shrinking at work: the smallest bundle so far, and the steps that try smaller ones. Every
/// bundle that is taken has shown the finding in a run of its own.
class Shrinker {
  public:
    Shrinker(Bundle bundle, ShrinkOracle& oracle);

    /// The steps, in the order in which they help one another.
    void run();

    [[nodiscard]] const Bundle& bundle() const noexcept { return current_; }
    [[nodiscard]] std::vector<ShrinkStep> take_steps() { return std::move(steps_); }

  private:
    void step(const std::string& name, const std::function<void()>& work);
    /// Takes `smaller` if it still shows the finding.
    bool take(const Bundle& smaller);
    /// As `take`, if the control also ends every transaction as before.
    bool take_same_results(const Bundle& smaller);
    bool take(const Bundle& smaller, bool same_results);
    /// Makes `smaller` the current bundle, with what `run` of it gave.
    void adopt(Bundle smaller, BundleRun run);
    /// Takes the smallest `cut` of a list of `count` items that still shows the finding.
    void keep_fewest(std::size_t count,
                     const std::function<Bundle(const std::vector<std::size_t>& kept)>& cut);
    /// Edits the draft of the current bundle and takes it with unchanged results. False if `edit`
    /// has nothing to do.
    bool try_edit(const std::function<bool(BundleDraft&)>& edit);

    void take_signatures_as_checked();
    void cut_cone();
    void drop_transactions();
    void drop_transfers();
    void lower_threads();
    void drop_rows();
    void lower_nonces();
    void lower_amounts();
    void lower_rows();
    void move_to_the_start();
    void name_canonically();
    [[nodiscard]] BundleDraft draft() const;

    Bundle current_;
    ShrinkOracle& oracle_;
    std::vector<ShrinkStep> steps_;
};

}  // namespace parallax::replay
